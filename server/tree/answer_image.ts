import type { Context } from "hono";
import type { PublishedItem } from "../../core/format/published_images.ts";
import type { FileInfo } from "../../core/ports.ts";
import type { ServerEnvironment } from "../environment.ts";
import { digestTag, fileTag } from "./entity_tag.ts";
import { formatHttpDate } from "./http_date.ts";
import { type OpenFile, openInside } from "./open_inside.ts";
import { planAnswer } from "./plan_answer.ts";
import {
  bodyOf,
  type HeaderSet,
  missing,
  readConditions,
  respond,
  sectionToSend,
} from "./respond.ts";

/** What serving image files needs. */
export interface ImageOptions {
  readonly root: string;
  /** Whether links may lead out of the root. */
  readonly followSymlinks: boolean;
  /** The item that the products document names by this path, relative to the root. */
  readonly findItem: (path: string) => PublishedItem | undefined;
  /** The products document's time stamp in milliseconds; undefined while there is none. */
  readonly documentTime: () => number | undefined;
  /** Told of a file that stands in the document and is not there. */
  readonly onMissing: (path: string) => void;
  /** Told what broke an answer that was under way. */
  readonly onTrouble: (message: string) => void;
}

const CONTENT_TYPES: readonly (readonly [suffix: string, type: string])[] = [
  [".tar.xz", "application/x-xz"],
  [".tar.gz", "application/gzip"],
  [".json", "application/json"],
];
const UNIFIED_FTYPES: readonly string[] = ["incus_combined.tar.gz", "lxd_combined.tar.gz"];

/**
 * Answers with an image file.
 *
 * @throws {HttpProblem} `NOT_FOUND`
 * @throws {StorageError} when it is there and cannot be read
 */
export async function answerImage(
  c: Context<ServerEnvironment>,
  names: readonly string[],
  options: ImageOptions,
): Promise<Response> {
  const path = names.join("/");
  const item = options.findItem(path);
  const file = await openInside(options.root, names, options);
  if (file === undefined) {
    if (item !== undefined) options.onMissing(path);
    throw missing(path);
  }
  return await answerOpen(c, file, { ...options, path, item });
}

async function answerOpen(
  c: Context<ServerEnvironment>,
  file: OpenFile,
  options: ImageOptions & { readonly path: string; readonly item: PublishedItem | undefined },
): Promise<Response> {
  const { path, onTrouble } = options;
  const { info } = file;
  const item = isUnchanged(info, options) ? options.item : undefined;
  const etag = item === undefined ? fileTag(info) : digestTag(item.sha256);
  const plan = planAnswer(readConditions(c), { ...info, etag });
  const section = sectionToSend(plan, c.req.method);
  if (section === undefined) await file.handle.close();
  const body = section === undefined ? null : bodyOf(c, file, { section, path, onTrouble });
  const headers = { ...fileHeaders(path, info), ETag: etag, ...unifiedHeaders(c.req.url, item) };
  return respond(plan, body, { headers, sizeBytes: info.sizeBytes });
}

/** Whether a file can still be the one that the document was made from. */
function isUnchanged(
  info: FileInfo,
  { item, documentTime }: Pick<ImageOptions, "documentTime"> & {
    readonly item: PublishedItem | undefined;
  },
): boolean {
  return item?.size === info.sizeBytes && info.mtimeMs <= (documentTime() ?? -Infinity);
}

function fileHeaders(path: string, { sizeBytes, mtimeMs }: FileInfo): HeaderSet {
  const [, type] = CONTENT_TYPES.find(([suffix]) => path.endsWith(suffix)) ?? [];
  return {
    "Content-Type": type ?? "application/octet-stream",
    "Content-Length": String(sizeBytes),
    // Without "public": shared caches keep away from what needs a password.
    "Cache-Control": "max-age=31536000, immutable",
    "Last-Modified": formatHttpDate(mtimeMs),
    "Accept-Ranges": "bytes",
    "X-Content-Type-Options": "nosniff",
  };
}

/** client-contract: what `image import URL` asks for, by a HEAD */
function unifiedHeaders(url: string, item: PublishedItem | undefined): HeaderSet {
  if (item === undefined || !UNIFIED_FTYPES.includes(item.ftype)) return {};
  const [address = ""] = url.split(/[?#]/, 1);
  return {
    "Incus-Image-Hash": item.sha256,
    "Incus-Image-URL": address,
    "LXD-Image-Hash": item.sha256,
    "LXD-Image-URL": address,
  };
}

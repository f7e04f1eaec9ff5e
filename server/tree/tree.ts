import { type Context, Hono } from "hono";
import type { ServerEnvironment } from "../environment.ts";
import { HttpProblem } from "../problem.ts";
import { answerDocument } from "./answer_document.ts";
import { answerImage, type ImageOptions } from "./answer_image.ts";
import { createDocumentCache, type DocumentCacheOptions } from "./document_cache.ts";
import { treePath } from "./tree_path.ts";

/** What serving a tree needs; `root` is the directory that is served. */
export interface TreeOptions
  extends ImageOptions, Pick<DocumentCacheOptions, "reader" | "root" | "followSymlinks"> {
  /** The folders of image files, `images` and others. */
  readonly streams: readonly string[];
}

const METHODS: readonly string[] = ["GET", "HEAD"];
const MAX_SHOWN = 200;

/** Returns the app that serves the documents and the image files of a root, and nothing else of it. */
export function createTree(options: TreeOptions): Hono<ServerEnvironment> {
  const cache = createDocumentCache(options);
  const app = new Hono<ServerEnvironment>();
  app.all("/streams/*", (c) => answerDocument(c, namesOf(c, "streams"), { ...options, cache }));
  for (const folder of options.streams) {
    app.all(`/${folder}/*`, (c) => answerImage(c, namesOf(c, folder), options));
  }
  return app;
}

/**
 * Returns the names of the file that a request is for.
 *
 * @throws {HttpProblem} `METHOD_NOT_ALLOWED`, or `NO_ROUTE` for a path that no file can have
 */
function namesOf(c: Context<ServerEnvironment>, folder: string): readonly string[] {
  const { method, url } = c.req;
  if (!METHODS.includes(method)) {
    throw new HttpProblem("METHOD_NOT_ALLOWED", `Cannot ${method} a file, expected GET or HEAD`, {
      headers: { Allow: METHODS.join(", ") },
    });
  }
  const pathname = pathnameOf(url);
  const names = treePath(pathname, [folder]);
  if (names !== undefined) return names;
  const shown = pathname.length > MAX_SHOWN ? `${pathname.slice(0, MAX_SHOWN)}...` : pathname;
  throw new HttpProblem("NO_ROUTE", `Cannot serve "${shown}": no file can have this path`);
}

/** As the client wrote it: what the framework offers is decoded in part. */
function pathnameOf(url: string): string {
  const path = url.slice(url.indexOf("/", url.indexOf("://") + 3));
  const end = path.search(/[?#]/);
  return end === -1 ? path : path.slice(0, end);
}

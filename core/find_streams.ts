import { isStorageError, StorageError } from "./errors.ts";
import { checkIndex } from "./format/check_index.ts";
import { INDEX_PATH } from "./format/documents.ts";
import { objectFields, tryParseJson } from "./format/json_text.ts";
import { IMAGES_STREAM, parseStream, streamDocument, streamOfDocument } from "./format/stream.ts";
import type { TreeReader } from "./ports.ts";
import { readPublished } from "./read_published.ts";

/**
 * Returns the streams of a root that an index run looks at: `images`, then by name those that are
 * asked for and those that the index has already, so that a stream that is once published stays.
 * `images` is left out where there is neither its folder nor its document, but other streams.
 *
 * @throws {SimplestreamsError} `USAGE` when one that is asked for cannot be called so
 * @throws {StorageError} `missing` when one that is asked for has no folder
 */
export function findStreams(
  reader: TreeReader,
  root: string,
  asked: readonly string[] = [],
): readonly string[] {
  for (const name of asked) requireStreamFolder(reader, root, parseStream(name));
  const others = new Set([...asked, ...publishedStreams(reader, root)]);
  others.delete(IMAGES_STREAM);
  if (others.size === 0) return [IMAGES_STREAM];
  const hasImages = asked.includes(IMAGES_STREAM) ||
    reader.stat(`${root}/${IMAGES_STREAM}`) !== undefined ||
    reader.stat(`${root}/${streamDocument(IMAGES_STREAM)}`) !== undefined;
  return [...hasImages ? [IMAGES_STREAM] : [], ...[...others].sort()];
}

/** Those of the index whose folder is there, or whose document lists products: those must not get lost. */
function publishedStreams(reader: TreeReader, root: string): readonly string[] {
  // Most roots have one stream, and an index that is large: whether there are others, names tell
  const folder = INDEX_PATH.slice(0, INDEX_PATH.lastIndexOf("/"));
  const documents = new Set(reader.list(`${root}/${folder}`) ?? []);
  const names = [...documents].flatMap((name) => streamOfDocument(`${folder}/${name}`) ?? []);
  if (!names.some((name) => name !== IMAGES_STREAM)) return [];
  const index = objectFields(tryParseJson(readTextOrNothing(reader, `${root}/${INDEX_PATH}`)));
  const { streams } = checkIndex(index ?? new Map());
  return streams.flatMap(({ path }) => streamOfDocument(path) ?? []).filter((name) => {
    if (reader.stat(`${root}/${name}`)?.kind === "directory") return true;
    const published = readPublished(reader, root, name);
    return typeof published !== "string" && published.size > 0;
  });
}

function requireStreamFolder(reader: TreeReader, root: string, name: string): void {
  if (reader.stat(`${root}/${name}`)?.kind === "directory") return;
  throw new StorageError(
    "missing",
    `${root}/${name}`,
    `Cannot index the stream "${name}": there is no folder "${root}/${name}", expected one with ` +
      "OS/RELEASE/ARCH/VARIANT/VERSION in it",
  );
}

function readTextOrNothing(reader: TreeReader, path: string): string {
  try {
    return reader.readText(path);
  } catch (error) {
    if (isStorageError(error, "missing", "not-a-directory")) return "";
    throw error;
  }
}

import { StorageError } from "./errors.ts";
import { IMAGES_STREAM, parseStream, streamDocument, streamOfDocument } from "./format/stream.ts";
import type { TreeReader } from "./ports.ts";
import { listDocuments } from "./published_documents.ts";
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
  const names = listDocuments(reader, root).flatMap((path) => streamOfDocument(path) ?? []);
  return names.filter((name) => {
    if (name === IMAGES_STREAM) return false;
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

import { isStorageError } from "./errors.ts";
import { publishedProducts } from "./format/documents.ts";
import { streamDocument } from "./format/stream.ts";
import type { TreeReader } from "./ports.ts";

/** The products that are published, id to JSON text; or why there are none to be had. */
export type PublishedTexts = ReadonlyMap<string, string> | "none" | "unreadable";

/**
 * Returns what stands where the products document of a stream is to be.
 *
 * @throws {StorageError} when it is there and cannot be read
 */
export function readPublished(reader: TreeReader, root: string, stream: string): PublishedTexts {
  return readDocumentTexts(reader, root, streamDocument(stream));
}

/**
 * Returns what stands where a products document is to be.
 *
 * @param path relative to the root
 * @throws {StorageError} when it is there and cannot be read
 */
export function readDocumentTexts(reader: TreeReader, root: string, path: string): PublishedTexts {
  try {
    return publishedProducts(reader.readBytes(`${root}/${path}`)) ?? "unreadable";
  } catch (error) {
    if (isStorageError(error, "missing", "not-a-directory")) return "none";
    throw error;
  }
}

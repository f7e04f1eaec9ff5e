import { isStorageError } from "./errors.ts";
import { checkIndex } from "./format/check_index.ts";
import { IMAGES_PATH, INDEX_PATH } from "./format/documents.ts";
import { objectFields, tryParseJson } from "./format/json_text.ts";
import type { TreeReader } from "./ports.ts";

/** The folder of the documents, relative to the root. */
export const DOCUMENTS_FOLDER = INDEX_PATH.slice(0, INDEX_PATH.lastIndexOf("/"));

/**
 * Returns where the products documents of a root are that clients read, relative to it, in the
 * index's order; that of `images` alone while no index names any.
 *
 * @throws {StorageError} when the index is there and cannot be read
 */
export function listDocuments(reader: TreeReader, root: string): readonly string[] {
  // Most roots have one document, and an index that is large: the names beside it tell
  const names = new Set(reader.list(`${root}/${DOCUMENTS_FOLDER}`) ?? []);
  names.delete(INDEX_PATH.slice(DOCUMENTS_FOLDER.length + 1));
  names.delete(IMAGES_PATH.slice(DOCUMENTS_FOLDER.length + 1));
  if (![...names].some((name) => !name.startsWith("."))) return [IMAGES_PATH];
  const fields = objectFields(tryParseJson(readTextOrNothing(reader, `${root}/${INDEX_PATH}`)));
  const paths = checkIndex(fields ?? new Map()).streams.map(({ path }) => path);
  return paths.length === 0 ? [IMAGES_PATH] : paths;
}

function readTextOrNothing(reader: TreeReader, path: string): string {
  try {
    return reader.readText(path);
  } catch (error) {
    if (isStorageError(error, "missing", "not-a-directory")) return "";
    throw error;
  }
}

import { isStorageError } from "./errors.ts";
import { checkIndex } from "./format/check_index.ts";
import { IMAGES_PATH, INDEX_PATH } from "./format/documents.ts";
import { objectFields, tryParseJson } from "./format/json_text.ts";
import type { TreeReader } from "./ports.ts";

/**
 * Returns where the products documents of a root are that clients read, relative to it, in the
 * index's order; that of `images` alone while no index names any.
 *
 * @throws {StorageError} when the index is there and cannot be read
 */
export function listDocuments(reader: TreeReader, root: string): readonly string[] {
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

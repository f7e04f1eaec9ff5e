import { SimplestreamsError, StorageError } from "../core/errors.ts";
import type { TreeReader } from "../core/ports.ts";
import { rootPath } from "../core/root_path.ts";
import { printable } from "../core/format/text.ts";

/** What the operands of `add` are. */
export interface AddOperands {
  readonly files: readonly string[];
  readonly root: string;
}

/**
 * Returns what operands are: a directory is the root, all others are files.
 *
 * @throws {SimplestreamsError} `USAGE` for two directories
 * @throws {StorageError} when one is not there or cannot be looked at
 */
export function sortAddOperands(reader: TreeReader, operands: readonly string[]): AddOperands {
  // Else a root that is a typing error is taken for a file, and the current directory for the root
  const missing = operands.find((path) => reader.stat(path) === undefined);
  if (missing !== undefined) {
    throw new StorageError(
      "missing",
      missing,
      `Cannot add "${
        printable(missing)
      }": there is no such file or directory, expected files of an ` +
        "image and the directory that is served",
    );
  }
  const isDirectory = (path: string) => reader.stat(path)?.kind === "directory";
  const [root = ".", second] = operands.filter(isDirectory);
  if (second !== undefined) {
    throw new SimplestreamsError(
      "USAGE",
      `Cannot add to "${printable(root)}" and "${printable(second)}": two directories, expected ` +
        "files of an image and the directory that is served; -i imports a directory",
    );
  }
  return { root: rootPath(root), files: operands.filter((path) => !isDirectory(path)) };
}

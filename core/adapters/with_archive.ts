import { FormatError } from "../errors.ts";
import { printable } from "../format/text.ts";
import { ArchiveFile } from "./archive_file.ts";
import { BrokenArchive } from "./broken_archive.ts";

/**
 * Opens an archive for an action; `what` completes "Cannot ...", as `read metadata archive`.
 * @throws {FormatError} when the action finds the archive broken
 * @throws {StorageError} when there is no file that can be read
 */
export async function withArchive<Result>(
  path: string,
  what: string,
  action: (file: ArchiveFile) => Promise<Result>,
): Promise<Result> {
  const file = new ArchiveFile(path, what);
  try {
    return await action(file);
  } catch (error) {
    if (!(error instanceof BrokenArchive)) throw error;
    throw new FormatError(
      `Cannot ${what} "${printable(path)}": ${printable(error.message)}`,
      { path, ...error.where },
      { cause: error.cause ?? error },
    );
  } finally {
    file.close();
  }
}

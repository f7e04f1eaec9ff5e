import type { FileOwner, TreeWriter } from "./ports.ts";

/** A file with new content. */
export interface NewFile {
  /** Relative to the root; its folder is there. */
  readonly path: string;
  /** The text in pieces. */
  readonly pieces: () => Iterable<string>;
}

/**
 * Writes files in their order: readers see a whole old or a whole new one at any moment. The caller
 * holds the lock that these files are under. All new bytes are on the disk before the first name
 * changes, so that a full disk leaves every old file in place. A file keeps its mode and owner; a
 * symbolic link is replaced by a file, and what it leads to is left alone.
 *
 * @throws {StorageError} with the old files whole
 */
export function replaceFiles(writer: TreeWriter, root: string, files: readonly NewFile[]): void {
  const paths = files.map(({ path }) => path);
  removeLeftovers(writer, root, paths);
  try {
    for (const { path, pieces } of files) {
      const owner = ownerOf(writer, `${root}/${path}`);
      writer.createFile(`${root}/${temporaryPath(path)}`, pieces(), { owner, sync: true });
    }
    for (const path of paths) {
      writer.rename(`${root}/${temporaryPath(path)}`, `${root}/${path}`);
      writer.syncDirectory(`${root}/${folderOf(path)}`);
    }
  } catch (error) {
    tidyUp(writer, root, paths);
    throw error;
  }
}

/**
 * Removes what a killed run left of these files when they were about to be replaced.
 *
 * @throws {StorageError}
 */
export function removeLeftovers(writer: TreeWriter, root: string, paths: readonly string[]): void {
  for (const path of paths) {
    const temporary = `${root}/${temporaryPath(path)}`;
    if (writer.identify(temporary) !== undefined) writer.removeFile(temporary);
  }
}

/** Returns the folder of a path; "" of one without any. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function tidyUp(writer: TreeWriter, root: string, paths: readonly string[]): void {
  for (const path of paths) {
    try {
      removeLeftovers(writer, root, [path]);
    } catch {
      // The first error is the one to tell; the next run removes what is left here.
    }
  }
}

function ownerOf(writer: TreeWriter, path: string): Partial<FileOwner> {
  const entry = writer.identify(path);
  return entry?.kind === "file" ? entry.owner : { mode: 0o644 };
}

/** Hidden, so that it is neither scanned nor served. */
function temporaryPath(path: string): string {
  const name = path.slice(folderOf(path).length + 1);
  return `${folderOf(path)}/${name.startsWith(".") ? "" : "."}${name}.new`;
}

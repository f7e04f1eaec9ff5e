import { type BigIntStats, constants, realpathSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { isAbsent, platformCode, toStorageError } from "../../core/adapters/storage_errors.ts";
import type { FileInfo } from "../../core/ports.ts";

/** A regular file that is open, and what it was when it was opened. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly info: FileInfo;
}

// As many as other programs may replace a file within one request before it counts as gone.
const ATTEMPTS = 5;

/**
 * Opens a regular file of a root for reading; undefined when there is none. Where links are not to be
 * followed out of the root, the file that is open is known to be inside of it, and under no name that
 * starts with ".".
 *
 * @param names of the folders below the root and of the file, as `treePath` returns them
 * @throws {StorageError} when it is there and cannot be read
 */
export async function openInside(
  root: string,
  names: readonly string[],
  options: { readonly followSymlinks: boolean },
): Promise<OpenFile | undefined> {
  const path = [root, ...names].join("/");
  try {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      // First, because to open a device or a FIFO does something to it.
      if (!statSync(path).isFile()) return undefined;
      if (!options.followSymlinks && realPathInside(root, path) === undefined) return undefined;
      const file = await openChecked(root, path, options);
      if (file !== undefined) return file;
    }
    return undefined;
  } catch (error) {
    // No file can have a name that no file system takes.
    if (isAbsent(error) || platformCode(error) === "ENAMETOOLONG") return undefined;
    throw toStorageError(error, "read", path);
  }
}

/** Undefined when the path leads to something else by now. */
async function openChecked(
  root: string,
  path: string,
  options: { readonly followSymlinks: boolean },
): Promise<OpenFile | undefined> {
  // O_NONBLOCK, or else a FIFO that took the place of the file is waited for.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat({ bigint: true });
    // A link may have changed between look and open, so what counts is where the open file is found.
    if (stats.isFile() && (options.followSymlinks || isInside(root, path, stats))) {
      return { handle, info: infoOf(stats) };
    }
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return undefined;
}

function isInside(root: string, path: string, stats: BigIntStats): boolean {
  const real = realPathInside(root, path);
  if (real === undefined) return false;
  const { dev, ino } = statSync(real, { bigint: true });
  return dev === stats.dev && ino === stats.ino;
}

/** The path without links; undefined when it is outside of the root or has a name that is not served. */
function realPathInside(root: string, path: string): string | undefined {
  const real = realpathSync.native(path);
  const realRoot = realpathSync.native(root);
  const prefix = realRoot === "/" ? "/" : `${realRoot}/`;
  const isServed = real.startsWith(prefix) && !`/${real.slice(prefix.length)}`.includes("/.");
  return isServed ? real : undefined;
}

/** As the readers of trees have it; see there why in whole milliseconds. */
function infoOf(stats: BigIntStats): FileInfo {
  return {
    kind: "file",
    sizeBytes: Number(stats.size),
    mtimeMs: Number(stats.mtimeNs / 1_000_000n),
    inode: Number(stats.ino),
  };
}

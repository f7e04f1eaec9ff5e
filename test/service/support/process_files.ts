import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Returns what the descriptors of a process lead to. */
export function openFiles(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((name) => {
    try {
      return [readlinkSync(join(folder, name))];
    } catch {
      // Closed since the folder was read
      return [];
    }
  });
}

/**
 * Returns how many sockets a process has open: one for each connection, and few of its own. All
 * descriptors together are no measure: a runtime has files open for a while after its start.
 */
export function openSockets(pid: number): number {
  return openFiles(pid).filter((path) => path.startsWith("socket:")).length;
}

/**
 * Returns whether a process has one of these files open, paths below a root. That any file of the root is
 * open says little: documents and folders are for a moment.
 */
export function hasOpen(pid: number, root: string, ...paths: readonly string[]): boolean {
  const wanted = new Set(paths.map((path) => join(root, path)));
  return openFiles(pid).some((path) => wanted.has(path));
}

/** Returns the files below a directory that a process has open. */
export function filesOpenBelow(pid: number, directory: string): readonly string[] {
  return openFiles(pid).filter((path) => path.startsWith(`${directory}/`));
}

import { isStorageError } from "./errors.ts";
import type { TreeReader, TreeWriter } from "./ports.ts";
import { makeFolders } from "./publish.ts";
import { STATE_FOLDER } from "./snapshot.ts";

interface WorkPorts {
  readonly reader: TreeReader;
  readonly writer: TreeWriter;
}

const WORK = `${STATE_FOLDER}/deltas-under-way`;
/** What a run may have left and the next may remove: hidden deltas in versions' folders, nothing else. */
const HIDDEN = /^(?!\.{1,2}\/)[^/]+(?:\/(?!\.{1,2}\/)[^/]+){5}\/\.root\.[^/]+\.vcdiff\.new$/;

/**
 * Writes down which hidden files are about to be made, so that a killed run's are found again without
 * a look into every version's folder.
 *
 * @throws {StorageError}
 */
export function keepDeltaWork(
  { writer }: WorkPorts,
  root: string,
  paths: readonly string[],
): void {
  makeFolders(writer, root, STATE_FOLDER);
  writer.createFile(`${root}/${WORK}`, [JSON.stringify(paths)], { sync: true });
}

/**
 * Forgets about files that are all done.
 *
 * @throws {StorageError}
 */
export function clearDeltaWork({ writer }: WorkPorts, root: string): void {
  if (writer.identify(`${root}/${WORK}`) !== undefined) writer.removeFile(`${root}/${WORK}`);
}

/**
 * Removes the hidden files that a killed run was making.
 *
 * @throws {StorageError} when one cannot be removed
 */
export function tidyDeltaWork(ports: WorkPorts, root: string): void {
  for (const path of readWork(ports.reader, root)) {
    if (!HIDDEN.test(path)) continue;
    try {
      if (ports.writer.identify(`${root}/${path}`) !== undefined) {
        ports.writer.removeFile(`${root}/${path}`);
      }
    } catch (error) {
      // The version's folder went since then
      if (!isStorageError(error, "missing", "not-a-directory")) throw error;
    }
  }
  clearDeltaWork(ports, root);
}

function readWork(reader: TreeReader, root: string): readonly string[] {
  try {
    const paths: unknown = JSON.parse(reader.readText(`${root}/${WORK}`));
    return Array.isArray(paths) ? paths.filter((path) => typeof path === "string") : [];
  } catch (error) {
    // A run that was killed while it wrote this had made nothing yet
    if (isStorageError(error, "missing", "not-a-directory") || error instanceof SyntaxError) {
      return [];
    }
    throw error;
  }
}

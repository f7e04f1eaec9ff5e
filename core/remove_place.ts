import { isSamePlace, type Place } from "./format/withdrawn.ts";
import type { Presence } from "./plan_removal.ts";
import type { TreeReader, TreeWriter } from "./ports.ts";
import { folderOf } from "./replace_files.ts";

/** What removing takes. */
export interface RemovePorts {
  readonly reader: TreeReader;
  readonly writer: TreeWriter;
}

/** Returns what became of a place since it was remembered. */
export function presenceOf(
  writer: Pick<TreeWriter, "identify">,
  root: string,
  place: Place,
): Presence {
  if (isSamePlace(writer.identify(`${root}/${place.path}`), place)) return "there";
  return writer.identify(`${root}/${hiddenPath(place)}`) === undefined ? "gone" : "leftover";
}

/**
 * Removes a file, a link or a folder with all that is in it; another that came in its place stays. A
 * folder gets a hidden name first, so that nobody sees half of it, and a killed run can be finished.
 * Of a symbolic link only the link goes.
 *
 * @throws {StorageError}
 */
export function removePlace(ports: RemovePorts, root: string, place: Place): void {
  const { writer } = ports;
  const [path, hidden] = [`${root}/${place.path}`, `${root}/${hiddenPath(place)}`];
  if (writer.identify(hidden) !== undefined) removeTree(ports, hidden);
  const entry = writer.identify(path);
  if (entry === undefined || !isSamePlace(entry, place)) return;
  if (entry.kind !== "directory") return writer.removeFile(path);
  writer.rename(path, hidden);
  removeTree(ports, hidden);
}

function removeTree(ports: RemovePorts, path: string): void {
  const { reader, writer } = ports;
  if (writer.identify(path)?.kind !== "directory") return writer.removeFile(path);
  for (const name of reader.list(path) ?? []) removeTree(ports, `${path}/${name}`);
  writer.removeDirectory(path);
}

/** By the inode alone: a long name with more before it may be too long. */
function hiddenPath({ path, inode }: Place): string {
  return `${folderOf(path)}/.withdrawn-${inode}`;
}

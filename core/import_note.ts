import { isStorageError } from "./errors.ts";
import type { TreeReader, TreeWriter } from "./ports.ts";
import { makeFolders } from "./publish.ts";
import { STATE_FOLDER } from "./snapshot.ts";

/** What a note says: which files are being copied to which version. */
export interface CopiedImport {
  readonly root: string;
  /** The version's folder relative to the root. */
  readonly folder: string;
  readonly moves: readonly { readonly from: string; readonly to: string }[];
}

const NOTE = `${STATE_FOLDER}/import`;

/**
 * Notes what a version is made a copy of, before it is visible. Killed before the sources are removed,
 * the run can be told by it from another image of the same version; hard links tell that by themselves.
 *
 * @throws {StorageError}
 */
export function writeNote(writer: TreeWriter, copied: CopiedImport): void {
  removeNote(writer, copied.root);
  makeFolders(writer, copied.root, STATE_FOLDER);
  const lines = copied.moves.map((move) => noteLine(writer, move));
  writer.createFile(`${copied.root}/${NOTE}`, [[copied.folder, ...lines, ""].join("\n")], {
    sync: true,
  });
}

/** Removes the note once the sources are gone. */
export function removeNote(writer: TreeWriter, root: string): void {
  if (writer.identify(`${root}/${NOTE}`) !== undefined) writer.removeFile(`${root}/${NOTE}`);
}

/** Returns whether the version is made of these very files: by hard links, or by copies of a killed run. */
export function isVisibleAlready(
  ports: { readonly reader: TreeReader; readonly writer: TreeWriter },
  plan: CopiedImport,
): boolean {
  const { reader, writer } = ports;
  const target = `${plan.root}/${plan.folder}`;
  // Else a version that is given as its own source would be taken for finished, and its files removed
  const isItself = plan.moves.some(({ from, to }) =>
    reader.realPath(from) === reader.realPath(`${target}/${to}`)
  );
  if (isItself) return false;
  const pairs = plan.moves.map((move) =>
    [writer.identify(move.from), writer.identify(`${target}/${move.to}`)] as const
  );
  if (pairs.some(([source, stored]) => source === undefined || stored?.kind !== "file")) {
    return false;
  }
  const isLinked = pairs.every(([source, stored]) =>
    source?.device === stored?.device && source?.inode === stored?.inode
  );
  return isLinked || isNoted(reader, writer, plan);
}

function isNoted(reader: TreeReader, writer: TreeWriter, plan: CopiedImport): boolean {
  try {
    const [folder, ...lines] = reader.readText(`${plan.root}/${NOTE}`).split("\n");
    return folder === plan.folder &&
      plan.moves.every((move) => lines.includes(noteLine(writer, move)));
  } catch (error) {
    if (isStorageError(error)) return false;
    throw error;
  }
}

function noteLine(writer: TreeWriter, { from, to }: CopiedImport["moves"][number]): string {
  const entry = writer.identify(from);
  return `${to} ${entry?.device} ${entry?.inode} ${entry?.mtimeMs}`;
}

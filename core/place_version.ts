import { isStorageError, SimplestreamsError, StorageError } from "./errors.ts";
import { printable } from "./format/text.ts";
import { type CopiedImport, isVisibleAlready, writeNote } from "./import_note.ts";
import type { Clock, FileInfo, TreeReader, TreeWriter } from "./ports.ts";
import { makeFolders } from "./publish.ts";
import { cleanStaging, stagingName } from "./staging.ts";
import { createWithdrawnTest } from "./withdrawn_state.ts";

/** What placing a version needs from outside. */
export interface PlacePorts {
  readonly reader: TreeReader;
  readonly writer: TreeWriter;
  readonly clock: Clock;
}

/** A version that is to be placed: its folder, and each file's place and the name that it gets. */
export interface PlacedVersion extends CopiedImport {
  /** Whether an earlier run was killed when this version was visible, and before it was done. */
  readonly isResumed: boolean;
}

/**
 * Returns a version that is to be placed, if its name is free.
 *
 * @param action completes "Cannot ...", as `import "image"`
 * @throws {SimplestreamsError} `EXISTS` when it is not
 * @throws {FormatError} when what is remembered of withdrawn versions is broken
 */
export function planPlaced(
  ports: Pick<PlacePorts, "reader" | "writer">,
  version: CopiedImport,
  action: string,
): PlacedVersion {
  const isResumed = isVisibleAlready(ports, version);
  const target = `${version.root}/${version.folder}`;
  if (isResumed || ports.writer.identify(target) === undefined) return { ...version, isResumed };
  const advice = createWithdrawnTest(ports, version.root)(version.folder)
    ? "it was taken out, and clients may still fetch it until simplestreams prune removes it; to " +
      "have it back as it is, touch the folder and index the tree"
    : "to replace it, take it out with simplestreams remove, or remove the folder if it is not " +
      "published";
  throw new SimplestreamsError(
    "EXISTS",
    `Cannot ${action}: "${target}" is there already, expected a version that is new; ${advice}`,
  );
}

/**
 * Makes a version visible in one step, with its files synced: they get their new names in a hidden
 * folder, which is then renamed. Their old names stay. The caller holds the root's lock.
 *
 * @throws {StorageError} with the tree as it was
 * @throws {SimplestreamsError} `REFUSED` when a file changed while it was copied
 */
export async function placeVersion(
  ports: PlacePorts,
  plan: PlacedVersion,
  options: {
    /** Whether the old names stay for good: the files are copies then, and no second names. */
    readonly keepSources: boolean;
  },
): Promise<void> {
  if (plan.isResumed) return;
  const { writer } = ports;
  const slash = plan.folder.lastIndexOf("/");
  const parent = `${plan.root}/${plan.folder.slice(0, slash)}`;
  makeFolders(writer, plan.root, plan.folder.slice(0, slash));
  cleanStaging(ports, parent);
  const staging = `${parent}/${stagingName(plan.folder.slice(slash + 1), ports.clock.now())}`;
  writer.makeDirectory(staging);
  try {
    let copies = 0;
    for (const { from, to } of plan.moves) {
      const target = `${staging}/${to}`;
      if (!options.keepSources && linkFile(writer, from, target)) continue;
      await copyWhole(ports, from, target);
      copies++;
    }
    writer.syncDirectory(staging);
    if (copies > 0) writeNote(writer, plan);
    writer.rename(staging, `${plan.root}/${plan.folder}`);
  } catch (error) {
    discardStaging(writer, plan, staging);
    throw error;
  }
  writer.syncDirectory(parent);
}

/** Removes the old names of a version that was placed. */
export function removeSources(writer: TreeWriter, plan: PlacedVersion): void {
  // The first file goes last: as long as it is there, a killed run can be finished by another.
  for (const { from } of [...plan.moves].reverse()) {
    removeSource(writer, from, `${plan.root}/${plan.folder}`);
  }
}

/** Gives a file a second name, so that the first stays good until the end; false where that cannot be. */
function linkFile(writer: TreeWriter, from: string, to: string): boolean {
  // A symbolic link would lead nowhere from its new place, so what it leads to is copied.
  if (writer.identify(from)?.kind !== "file") return false;
  try {
    writer.link(from, to);
    return true;
  } catch (error) {
    if (!isStorageError(error, "cross-device", "no-links")) throw error;
    return false;
  }
}

async function copyWhole({ reader, writer }: PlacePorts, from: string, to: string): Promise<void> {
  const before = reader.stat(from);
  await writer.copyFile(from, to);
  const after = reader.stat(from);
  if (
    before !== undefined && isSame(before, after) && reader.stat(to)?.sizeBytes === before.sizeBytes
  ) return;
  throw new SimplestreamsError(
    "REFUSED",
    `Cannot copy "${printable(from)}": it changed meanwhile, expected a file that is complete; ` +
      "wait until it is, and run it again",
  );
}

function isSame(before: FileInfo, after: FileInfo | undefined): boolean {
  return before.sizeBytes === after?.sizeBytes && before.mtimeMs === after.mtimeMs &&
    before.inode === after.inode;
}

function discardStaging(writer: TreeWriter, plan: PlacedVersion, staging: string): void {
  try {
    for (const { to } of plan.moves) {
      if (writer.identify(`${staging}/${to}`) !== undefined) writer.removeFile(`${staging}/${to}`);
    }
    writer.removeDirectory(staging);
  } catch {
    // The first error is the one to tell; a later run removes what is left here.
  }
}

function removeSource(writer: TreeWriter, from: string, target: string): void {
  try {
    if (writer.identify(from) !== undefined) writer.removeFile(from);
  } catch (error) {
    if (!isStorageError(error)) throw error;
    throw new StorageError(
      error.reason,
      from,
      `Cannot finish the import: "${target}" is complete, but an old name of one of its files is ` +
        `left over. ${error.message}`,
      { cause: error },
    );
  }
}

import { FormatError } from "./errors.ts";
import type { Finding } from "./format/finding.ts";
import { textRecord } from "./format/json_text.ts";
import type { TextMap, TextRecord } from "./format/model.ts";
import { checkRequirements, parseRequirements, requirementsText } from "./format/requirements.ts";
import { parseRequirementsPatch, patchRequirements } from "./format/requirements_patch.ts";
import {
  type LevelChoice,
  readEffective,
  readRequirementsFile,
  requireLevelFolder,
  requirementsPath,
} from "./level_files.ts";
import { withLock } from "./lock.ts";
import type { Locker, TreeReader, TreeWriter, YamlReader } from "./ports.ts";
import { folderOf, removeLeftovers, replaceFiles } from "./replace_files.ts";

/** What to do with a level's requirements file; `text` is JSON. */
export type RequirementsChange =
  /** Its whole new content. */
  | { readonly kind: "put"; readonly text: string }
  /** A merge patch, RFC 7396: null removes a key. */
  | { readonly kind: "patch"; readonly text: string }
  | { readonly kind: "delete" };

/** A level before a change, as far as it can be told. */
export interface LevelBefore {
  /** Null when there is no file, "broken" when it cannot be read as one. */
  readonly own: TextRecord | null | "broken";
  /** Null when the file or one above it is broken. */
  readonly effective: TextRecord | null;
}

/** How to change a level's requirements. */
export interface ChangeOptions extends LevelChoice {
  readonly change: RequirementsChange;
  /** Runs under the lock before anything is changed; what it throws happens instead of the change. */
  readonly check?: (before: LevelBefore) => void;
  readonly waitMs: number;
}

/** A level after a change. */
export interface ChangedRequirements {
  /** Whether the file says something else than before; else it was not touched. */
  readonly changed: boolean;
  readonly own: TextRecord | null;
  /** Null when a file of the levels is broken that this change was not about. */
  readonly effective: TextRecord | null;
  /** What no client will act on in the level's own file. */
  readonly findings: readonly Finding[];
}

/** What changing a level needs from outside, besides the lock. */
interface ChangePorts {
  readonly reader: TreeReader;
  readonly writer: TreeWriter;
  readonly yaml: YamlReader;
}

/** What stands in errors for the text of a change. */
const BODY = "request body";

/**
 * Changes a level's requirements file under the lock of settings: readers see the old file or the
 * new one. The file keeps mode and owner; in place of a symbolic link there is a file afterwards. A
 * patch mends no broken file, and makes none that would hold nothing: an empty file is not the same
 * as none.
 *
 * @throws {SimplestreamsError} `NOT_FOUND` as `readLevelRequirements`, `LOCKED` after `waitMs`
 * @throws {FormatError} when the text is no requirements file or patch, or a patched file is broken
 * @throws {StorageError} with the old file whole
 */
export async function changeLevelRequirements(
  ports: ChangePorts & { readonly locker: Locker },
  root: string,
  options: ChangeOptions,
): Promise<ChangedRequirements> {
  // Before the lock, whose own folder must not come to be in a root that is a typing error.
  requireLevelFolder(ports.reader, root, options);
  const apply = parseChange(options.change);
  return await withLock(ports.locker, root, {
    waitMs: options.waitMs,
    name: "settings",
    action: () => applyChange(ports, root, { ...options, apply }),
  });
}

/** The level's own file; what is wrong with it is for those to throw who need to know what it says. */
type OwnFile = { readonly requirements: TextMap | undefined } | { readonly error: FormatError };

/** Gives the requirements after a change, undefined for no file. */
type ParsedChange = (file: OwnFile) => TextMap | undefined;

function parseChange(change: RequirementsChange): ParsedChange {
  if (change.kind === "delete") return () => undefined;
  if (change.kind === "put") {
    const requirements = parseRequirements(change.text, BODY);
    return () => requirements;
  }
  const patch = parseRequirementsPatch(change.text, BODY);
  return (file) => {
    if ("error" in file) throw file.error;
    const patched = patchRequirements(file.requirements ?? new Map(), patch);
    return file.requirements === undefined && patched.size === 0 ? undefined : patched;
  };
}

async function applyChange(
  ports: ChangePorts,
  root: string,
  options: ChangeOptions & { readonly apply: ParsedChange },
): Promise<ChangedRequirements> {
  const { reader, writer } = ports;
  const path = requirementsPath(options.level.folder, options.client);
  const before = readOwnFile(reader, root, path);
  options.check?.({
    own: "error" in before ? "broken" : recordOf(before.requirements),
    effective: await tryReadEffective(ports, root, options),
  });
  const after = options.apply(before);
  removeLeftovers(writer, root, [path]);
  const changed = after === undefined
    ? removeIfThere(writer, `${root}/${path}`)
    : "error" in before || !isSame(before.requirements, after);
  if (changed && after !== undefined) {
    replaceFiles(writer, root, [{ path, pieces: () => [requirementsText(after)] }]);
  }
  return {
    changed,
    own: recordOf(after),
    effective: await tryReadEffective(ports, root, options),
    findings: after === undefined ? [] : checkRequirements(after, path),
  };
}

function readOwnFile(reader: TreeReader, root: string, path: string): OwnFile {
  try {
    return { requirements: readRequirementsFile(reader, root, path) };
  } catch (error) {
    if (error instanceof FormatError) return { error };
    throw error;
  }
}

async function tryReadEffective(
  ports: ChangePorts,
  root: string,
  choice: LevelChoice,
): Promise<TextRecord | null> {
  try {
    return textRecord(await readEffective(ports, root, choice));
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}

/** Asks for the entry itself: a link that leads nowhere goes too. */
function removeIfThere(writer: TreeWriter, path: string): boolean {
  if (writer.identify(path) === undefined) return false;
  writer.removeFile(path);
  writer.syncDirectory(folderOf(path));
  return true;
}

function isSame(before: TextMap | undefined, after: TextMap): boolean {
  return before?.size === after.size &&
    [...after].every(([key, value]) => before.get(key) === value);
}

function recordOf(requirements: TextMap | undefined): TextRecord | null {
  return requirements === undefined ? null : textRecord(requirements);
}

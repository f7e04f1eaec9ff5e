import { isStorageError, SimplestreamsError } from "./errors.ts";
import { type Level, levelFolders } from "./format/level.ts";
import type { ClientKind, TextMap } from "./format/model.ts";
import { mergeRequirements, parseRequirements, REQUIREMENTS_FILES } from "./format/requirements.ts";
import type { TreeReader } from "./ports.ts";

/** Whose requirements at which level. */
export interface LevelChoice {
  readonly level: Level;
  readonly client: ClientKind;
  /** Whether a level may lie outside of the root, behind a symbolic link; not when it is not given. */
  readonly followLinks?: boolean;
}

/**
 * Refuses a level that has no folder, or one that really lies elsewhere.
 *
 * @throws {SimplestreamsError} `NOT_FOUND`
 */
export function requireLevelFolder(reader: TreeReader, root: string, choice: LevelChoice): void {
  const { folder } = choice.level;
  if (reader.stat(`${root}/${folder}`)?.kind !== "directory") {
    throw new SimplestreamsError(
      "NOT_FOUND",
      `Cannot find "${folder}": there is no such folder, expected one that exists`,
    );
  }
  if (choice.followLinks) return;
  const [top, real] = [reader.realPath(root), reader.realPath(`${root}/${folder}`)];
  if (top !== undefined && real?.startsWith(top.endsWith("/") ? top : `${top}/`)) return;
  throw new SimplestreamsError(
    "NOT_FOUND",
    `Cannot use "${folder}": a symbolic link leads out of the root, expected a folder in it`,
  );
}

/** Returns where a requirements file is, relative to the root. */
export function requirementsPath(folder: string, client: ClientKind): string {
  return `${folder}/${REQUIREMENTS_FILES[client]}`;
}

/**
 * Returns what a folder's own requirements file says; undefined when there is none.
 *
 * @throws {FormatError} when it is broken
 */
export function readRequirementsFile(
  reader: TreeReader,
  root: string,
  path: string,
): TextMap | undefined {
  let text: string;
  try {
    text = reader.readText(`${root}/${path}`);
  } catch (error) {
    if (isStorageError(error, "missing", "not-a-directory")) return undefined;
    throw error;
  }
  return parseRequirements(text, path);
}

/**
 * Returns the requirements that the levels down to one give to a family of clients.
 *
 * @throws {FormatError} when a file of either kind is broken: an index run would refuse it too
 */
export function readEffective(reader: TreeReader, root: string, choice: LevelChoice): TextMap {
  const levels = (client: ClientKind) =>
    levelFolders(choice.level.folder).flatMap((folder) =>
      readRequirementsFile(reader, root, requirementsPath(folder, client)) ?? []
    );
  const merged = mergeRequirements({ incus: levels("incus"), lxd: levels("lxd") });
  return choice.client === "incus" ? merged.requirements : merged.lxdRequirements;
}

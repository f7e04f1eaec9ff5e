import { BadFilesError, isStorageError, SimplestreamsError } from "./errors.ts";
import { type Level, levelFolders } from "./format/level.ts";
import type { ClientKind, TextMap } from "./format/model.ts";
import { parseRequirements, REQUIREMENTS_FILES } from "./format/requirements.ts";
import { SETTINGS_FILES } from "./format/settings_files.ts";
import type { TreeReader, YamlReader } from "./ports.ts";
import { mergeLayers, readSettings, type SettingsFile } from "./settings.ts";

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
  const text = readTextIfThere(reader, `${root}/${path}`);
  return text === undefined ? undefined : parseRequirements(text, path);
}

/**
 * Returns the settings files of the levels down to a folder, of those that are there.
 *
 * @throws {StorageError} when one cannot be read
 */
export function readLevelFiles(
  reader: TreeReader,
  root: string,
  folder: string,
): readonly SettingsFile[] {
  return levelFolders(folder).flatMap((level) =>
    SETTINGS_FILES.flatMap((name): readonly SettingsFile[] => {
      const text = readTextIfThere(reader, `${root}/${level}/${name}`);
      return text === undefined ? [] : [{ folder: level, name, text }];
    })
  );
}

/**
 * Returns the requirements that the levels down to one give to a family of clients.
 *
 * @throws {FormatError} when a settings file is broken: an index run would refuse it too
 */
export async function readEffective(
  ports: { readonly reader: TreeReader; readonly yaml: YamlReader },
  root: string,
  { level, client }: LevelChoice,
): Promise<TextMap> {
  const settings = await readSettings(ports, readLevelFiles(ports.reader, root, level.folder))
    .catch((error: unknown) => {
      throw error instanceof BadFilesError ? error.errors[0] ?? error : error;
    });
  const merged = mergeLayers(settings.layersOf(level.folder));
  return client === "incus" ? merged.requirements : merged.lxdRequirements;
}

function readTextIfThere(reader: TreeReader, path: string): string | undefined {
  try {
    return reader.readText(path);
  } catch (error) {
    if (isStorageError(error, "missing", "not-a-directory")) return undefined;
    throw error;
  }
}

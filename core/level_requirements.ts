import { textRecord } from "./format/json_text.ts";
import type { TextRecord } from "./format/model.ts";
import {
  type LevelChoice,
  readEffective,
  readRequirementsFile,
  requireLevelFolder,
  requirementsPath,
} from "./level_files.ts";
import type { TreeReader, YamlReader } from "./ports.ts";

/** What one level's requirements are for one family of clients. */
export interface LevelRequirements {
  /** Those of the level's own file; null when there is none. */
  readonly own: TextRecord | null;
  /** Merged over the levels from the os down to this one, as products below it have them. */
  readonly effective: TextRecord;
}

/**
 * Returns the requirements of a level.
 *
 * @throws {SimplestreamsError} `NOT_FOUND` when the level has no folder, or a link leads out of the root
 * @throws {FormatError} when a settings file of its levels is broken
 */
export async function readLevelRequirements(
  ports: { readonly reader: TreeReader; readonly yaml: YamlReader },
  root: string,
  choice: LevelChoice,
): Promise<LevelRequirements> {
  const { reader } = ports;
  requireLevelFolder(reader, root, choice);
  const path = requirementsPath(choice.level.folder, choice.client);
  const own = readRequirementsFile(reader, root, path);
  return {
    own: own === undefined ? null : textRecord(own),
    effective: textRecord(await readEffective(ports, root, choice)),
  };
}

import { textRecord } from "./format/json_text.ts";
import type { TextRecord } from "./format/model.ts";
import {
  type LevelChoice,
  readEffective,
  readRequirementsFile,
  requireLevelFolder,
  requirementsPath,
} from "./level_files.ts";
import type { TreeReader } from "./ports.ts";

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
 * @throws {FormatError} when its file or one above it is broken, of either kind
 */
export function readLevelRequirements(
  reader: TreeReader,
  root: string,
  choice: LevelChoice,
): LevelRequirements {
  requireLevelFolder(reader, root, choice);
  const path = requirementsPath(choice.level.folder, choice.client);
  const own = readRequirementsFile(reader, root, path);
  return {
    own: own === undefined ? null : textRecord(own),
    effective: textRecord(readEffective(reader, root, choice)),
  };
}

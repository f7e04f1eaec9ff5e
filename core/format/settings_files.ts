import { IMAGE_SETTINGS_NAME } from "./image_settings.ts";
import { REQUIREMENTS_FILES } from "./requirements.ts";

/** What a settings file of a level is called. */
export type SettingsFileName = typeof SETTINGS_FILES[number];

/** The names of all settings files; of one folder's a later one counts more. */
export const SETTINGS_FILES = [
  IMAGE_SETTINGS_NAME,
  REQUIREMENTS_FILES.incus,
  REQUIREMENTS_FILES.lxd,
] as const;

/**
 * Returns whether a path ends in the name of a settings file.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isSettingsFile } from "./settings_files.ts";
 * assert.equal(isSettingsFile("images/debian/.requirements"), true);
 * assert.equal(isSettingsFile("images/debian"), false);
 * ```
 */
export function isSettingsFile(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return SETTINGS_FILES.some((known) => known === name);
}

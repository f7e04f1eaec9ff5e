import { statSync } from "node:fs";

/**
 * Returns a text that changes whenever a file is written or another takes its name, links followed;
 * "" when there is none that can be looked at.
 */
export function fileState(path: string): string {
  try {
    const { size, mtimeMs, ino } = statSync(path);
    return `${size} ${mtimeMs} ${ino}`;
  } catch {
    return "";
  }
}

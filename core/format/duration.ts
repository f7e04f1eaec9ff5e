const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** How a duration is written, for messages. */
export const DURATION_FORMS = "a whole number and s, m, h, d or w, as 90m or 30d";

/**
 * Returns a duration in milliseconds, a whole number of at most six digits and its unit; undefined for
 * any other text.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readDuration } from "./duration.ts";
 * assert.equal(readDuration("90m"), 5_400_000);
 * assert.equal(readDuration("1.5h"), undefined);
 * ```
 */
export function readDuration(text: string): number | undefined {
  const [, number = "", unit = ""] = /^([0-9]{1,6})([smhdw])$/.exec(text) ?? [];
  const unitMs = UNITS[unit];
  return unitMs === undefined ? undefined : Number(number) * unitMs;
}

/**
 * Returns a duration as `readDuration` takes it, in the greatest unit that loses nothing.
 *
 * @param ms whole seconds
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatDuration } from "./duration.ts";
 * assert.equal(formatDuration(5_400_000), "90m");
 * assert.equal(formatDuration(0), "0s");
 * ```
 */
export function formatDuration(ms: number): string {
  const [unit, unitMs] = Object.entries(UNITS).findLast(([, size]) => ms > 0 && ms % size === 0) ??
    ["s", 1000];
  return `${ms / unitMs}${unit}`;
}

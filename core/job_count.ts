/**
 * Returns how many files are to be read at one time.
 *
 * @throws {RangeError} for anything but a whole number from 1 to 256
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseJobCount } from "./job_count.ts";
 * assert.equal(parseJobCount("4"), 4);
 * ```
 */
export function parseJobCount(text: string): number {
  const jobs = Number(text);
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= 256) return jobs;
  throw new RangeError("Expected a whole number from 1 to 256.");
}

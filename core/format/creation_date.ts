import { readVersionName } from "./version_name.ts";

/** How a time may be written, for messages. */
export const DATE_FORMS =
  "YYYY-MM-DD, YYYY-MM-DDThh:mm:ssZ, a version's name as 20240102_03:04, or @SECONDS since 1970";

const ISO = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?Z)?$/;
const LAST_YEAR_9999 = 253402300799;

/**
 * Returns the time that a text says, in UTC; undefined when it says none.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseCreationDate } from "./creation_date.ts";
 * assert.equal(parseCreationDate("20240102_03:04")?.toISOString(), "2024-01-02T03:04:00.000Z");
 * assert.equal(parseCreationDate("@0")?.getTime(), 0);
 * assert.equal(parseCreationDate("2024-02-30"), undefined);
 * ```
 */
export function parseCreationDate(text: string): Date | undefined {
  const [, seconds] = /^@(\d{1,12})$/.exec(text) ?? [];
  if (seconds !== undefined) {
    return Number(seconds) > LAST_YEAR_9999 ? undefined : new Date(Number(seconds) * 1000);
  }
  const name = readVersionName(text);
  if (name !== undefined) {
    const { year, month, day, hour, minute } = name;
    const time = new Date(0);
    time.setUTCFullYear(year, month - 1, day);
    time.setUTCHours(hour, minute);
    return year < 1970 ? undefined : time;
  }
  if (!ISO.test(text)) return undefined;
  const time = new Date(text);
  // 30 February becomes a day of March
  const isReal = !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text.slice(0, 10));
  return isReal && time.getTime() >= 0 ? time : undefined;
}

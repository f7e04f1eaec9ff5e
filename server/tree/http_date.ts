const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const TIME = "(?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})";
const MONTH = `(?<month>${MONTHS.join("|")})`;
// RFC 9110, 5.6.7: one form to write, three to read
const FORMS = [
  `[A-Z][a-z]{2}, (?<day>[0-9]{2}) ${MONTH} (?<year>[0-9]{4}) ${TIME} GMT`,
  `[A-Z][a-z]{5,8}, (?<day>[0-9]{2})-${MONTH}-(?<year>[0-9]{2}) ${TIME} GMT`,
  `[A-Z][a-z]{2} ${MONTH} (?<day>[ 0-9][0-9]) ${TIME} (?<year>[0-9]{4})`,
].map((form) => new RegExp(`^${form}$`));

/** Returns a time as HTTP writes it; what is finer than a second is cut off. */
export function formatHttpDate(timeMs: number): string {
  return new Date(timeMs).toUTCString();
}

/**
 * Returns the time of an HTTP date in milliseconds since the epoch, undefined for anything else.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseHttpDate } from "./http_date.ts";
 * assert.equal(parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777000);
 * assert.equal(parseHttpDate("yesterday"), undefined);
 * ```
 */
export function parseHttpDate(text: string): number | undefined {
  for (const form of FORMS) {
    const groups = form.exec(text.trim())?.groups;
    if (groups !== undefined) return timeOf(groups);
  }
  return undefined;
}

function timeOf(groups: Readonly<Record<string, string>>): number | undefined {
  const part = (name: string) => Number(groups[name]);
  const month = MONTHS.indexOf(groups.month ?? "");
  const [day, hour, minute, second] = [part("day"), part("hour"), part("minute"), part("second")];
  // The year's two digits are from a form of 1987; POSIX puts 70 to 99 in that century.
  const century = groups.year?.length === 2 ? (part("year") < 70 ? 2000 : 1900) : 0;
  const time = new Date(0);
  time.setUTCFullYear(century + part("year"), month, day);
  const isDay = time.getUTCMonth() === month && time.getUTCDate() === day;
  if (!isDay || hour > 23 || minute > 59 || second > 60) return undefined;
  return time.setUTCHours(hour, minute, second);
}

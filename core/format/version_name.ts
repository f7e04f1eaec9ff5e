const NAME = /^(\d{4})(\d{2})(\d{2})(?:_?(\d{2}):?(\d{2})|\.(\d{1,15}))?$/;
const SPELLINGS = /^\d{8}(?:_\d{2}:\d{2}|_\d{4}|\d{4}|\.\d+)?$/;

/** A version's name, taken apart. */
export interface VersionName {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  /** N of `YYYYMMDD.N`, else 0. */
  readonly serial: number;
}

/** What a version may be called, for messages. */
export const VERSION_NAME_FORMS = "YYYYMMDD, then nothing, _HH:MM, _HHMM, HHMM or .N";

/**
 * Returns a version's name taken apart, or undefined when clients would skip it or could sort it wrong.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readVersionName } from "./version_name.ts";
 * assert.equal(readVersionName("20240229_05:24")?.day, 29);
 * assert.equal(readVersionName("20230229"), undefined);
 * assert.equal(readVersionName("20240101_24:00"), undefined);
 * ```
 */
export function readVersionName(name: string): VersionName | undefined {
  // incus shared/simplestreams/products.go: name[0:8] must parse as YYYYMMDD, else it is skipped
  if (!SPELLINGS.test(name)) return undefined;
  const parts = NAME.exec(name);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, serial] = parts.slice(1).map((part) => Number(part ?? 0));
  if (year === undefined || month === undefined || day === undefined) return undefined;
  if (hour === undefined || minute === undefined || serial === undefined) return undefined;
  if (hour > 23 || minute > 59) return undefined;
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  return { year, month, day, hour, minute, serial };
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/**
 * Returns below zero when `a` was built before `b`, above when after, 0 at the same time.
 * Clients compare the names as text instead.
 */
export function compareBuildTime(a: VersionName, b: VersionName): number {
  return a.year - b.year || a.month - b.month || a.day - b.day ||
    a.hour - b.hour || a.minute - b.minute || a.serial - b.serial;
}

/**
 * Returns the version name for a time, `YYYYMMDD_HH:MM` in UTC.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { versionNameAt } from "./version_name.ts";
 * assert.equal(versionNameAt(new Date("2024-01-02T03:04:59Z")), "20240102_03:04");
 * ```
 */
export function versionNameAt(time: Date): string {
  const iso = time.toISOString();
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 10)}_${iso.slice(11, 16)}`;
}

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  compareBuildTime,
  readVersionName,
  type VersionName,
  versionNameAt,
} from "../../core/format/version_name.ts";

/** Any character there is, control characters and halves of surrogate pairs too. */
const character = fc
  .oneof(fc.nat({ max: 0xff }), fc.nat({ max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));
/** Mostly values of a calendar, and as many just outside of it. */
const parts = fc.record({
  year: fc.oneof(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1890, max: 2110 })),
  month: fc.integer({ min: 0, max: 13 }),
  day: fc.integer({ min: 0, max: 32 }),
  hour: fc.integer({ min: 0, max: 24 }),
  minute: fc.integer({ min: 0, max: 60 }),
});
const time = fc.date({
  min: new Date("1970-01-01T00:00:00Z"),
  max: new Date("9999-12-31T23:59:59Z"),
  noInvalidDate: true,
});

test("readVersionName() accepts exactly the days of the calendar", () => {
  fc.assert(
    fc.property(parts, ({ year, month, day }) => {
      const name = `${pad(year, 4)}${pad(month)}${pad(day)}`;
      assert.equal(readVersionName(name) !== undefined, isDay(year, month, day));
    }),
    { numRuns: 2000 },
  );
});

test("readVersionName() accepts exactly the times of a day, in each form", () => {
  const separators = fc.constantFrom(["_", ":"], ["_", ""], ["", ""]);
  fc.assert(fc.property(parts, separators, ({ hour, minute }, [before, between]) => {
    const name = `20240229${before}${pad(hour)}${between}${pad(minute)}`;
    const expected = { year: 2024, month: 2, day: 29, hour, minute, serial: 0 };
    assert.deepEqual(readVersionName(name), hour < 24 && minute < 60 ? expected : undefined);
  }));
});

test("readVersionName() accepts no other text", () => {
  const almost = fc.string({ unit: fc.constantFrom(..."012_:. -"), maxLength: 16 });
  const spellings = /^[0-9]{8}(_[0-9]{2}:[0-9]{2}|_[0-9]{4}|[0-9]{4}|[.][0-9]+)?$/;
  fc.assert(fc.property(fc.oneof(fc.string({ unit: character }), almost), (name) => {
    if (readVersionName(name) !== undefined) assert.match(name, spellings);
  }));
});

test("versionNameAt() and readVersionName() agree on every minute of four-digit years", () => {
  fc.assert(fc.property(time, (time) => {
    assert.deepEqual(readVersionName(versionNameAt(time)), {
      year: time.getUTCFullYear(),
      month: time.getUTCMonth() + 1,
      day: time.getUTCDate(),
      hour: time.getUTCHours(),
      minute: time.getUTCMinutes(),
      serial: 0,
    });
  }));
});

test("compareBuildTime() orders as the clock does, and as text does in one form", () => {
  fc.assert(fc.property(time, time, (a, b) => {
    const minutes = [a, b].map((time) => Math.floor(time.getTime() / 60_000));
    const order = Math.sign((minutes[0] ?? 0) - (minutes[1] ?? 0));
    const [left, right] = [versionNameAt(a), versionNameAt(b)];
    assert.equal(Math.sign(compareBuildTime(read(left), read(right))), order);
    assert.equal(left < right ? -1 : left > right ? 1 : 0, order);
  }));
});

function isDay(year: number, month: number, day: number): boolean {
  // Date.UTC() takes the years 0 to 99 for 1900 to 1999; the calendar repeats every 400 years.
  const date = new Date(Date.UTC(year + 400, month - 1, day));
  return date.getUTCFullYear() === year + 400 && date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day;
}

function pad(value: number, length = 2): string {
  return String(value).padStart(length, "0");
}

function read(name: string): VersionName {
  return readVersionName(name) ?? assert.fail(`${name} is no version`);
}

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  compareBuildTime,
  readVersionName,
  type VersionName,
  versionNameAt,
} from "../../../core/format/version_name.ts";

const MIDNIGHT = { year: 2024, month: 2, day: 29, hour: 0, minute: 0, serial: 0 };
const MORNING = { ...MIDNIGHT, hour: 5, minute: 24 };

test("readVersionName() takes each form apart", () => {
  const forms: Readonly<Record<string, VersionName>> = {
    "20240229": MIDNIGHT,
    "20240229_05:24": MORNING,
    "20240229_0524": MORNING,
    "202402290524": MORNING,
    "20240229.7": { ...MIDNIGHT, serial: 7 },
  };
  for (const [name, parts] of Object.entries(forms)) assert.deepEqual(readVersionName(name), parts);
});

test("readVersionName() takes a serial number of ten digits, as seconds since 1970 have", () => {
  assert.equal(readVersionName("20240229.1709164800")?.serial, 1709164800);
});

test("readVersionName() refuses days that no calendar has", () => {
  const names = [
    "20240230",
    "20230229",
    "19000229",
    "20240431",
    "20240132",
    "20240100",
    "20240001",
    "20241301",
    "00000000",
    "99999999",
  ];
  assert.deepEqual(names.filter((name) => readVersionName(name) !== undefined), []);
});

test("readVersionName() knows the leap years of the Gregorian calendar", () => {
  assert.deepEqual(
    ["20000229", "20240229", "21000229", "20230229"].map((name) => readVersionName(name)?.day),
    [29, 29, undefined, undefined],
  );
});

test("readVersionName() takes the first and the last minute of a day", () => {
  assert.deepEqual(
    ["20240101_00:00", "20240101_23:59"].map((name) => readVersionName(name)?.minute),
    [0, 59],
  );
});

test("readVersionName() refuses times that no clock shows, in every form", () => {
  const names = ["24:00", "23:60", "99:99"].flatMap((time) => [
    `20240101_${time}`,
    `20240101_${time.replace(":", "")}`,
    `20240101${time.replace(":", "")}`,
  ]);
  assert.deepEqual(names.filter((name) => readVersionName(name) !== undefined), []);
});

test("readVersionName() refuses every other form", () => {
  const names = [
    "",
    "2024",
    "2024-01-01",
    "2024010",
    "202401011",
    "20240101_",
    "20240101_5:24",
    "20240101_05",
    "20240101_05:24:00",
    "2024010105:24",
    "20240101052",
    "20240101052400",
    "20240101.",
    "20240101.1.2",
    "20240101.a",
    "20240101.-1",
    "20240101-1",
    "20240101_05:24.1",
    "v20240101",
    " 20240101",
    "20240101 ",
    "20240101\n",
    "２０２４０１０１",
    "latest",
  ];
  assert.deepEqual(names.filter((name) => readVersionName(name) !== undefined), []);
});

test("compareBuildTime() is 0 for two spellings of one time", () => {
  assert.equal(compareNames("20240101_05:24", "202401010524"), 0);
});

test("compareBuildTime() tells the earlier where text order does not", () => {
  assert.ok(compareNames("20240101_05:24", "202401010600") < 0);
  assert.ok(compareNames("20240101.10", "20240101.9") > 0);
});

test("compareBuildTime() looks at year, month, day, hour, minute and serial in turn", () => {
  const oldestFirst = [
    "20231231_23:59",
    "20240131_23:59",
    "20240201",
    "20240201.1",
    "20240201_00:01",
    "20240201_01:00",
    "20240202",
  ];
  const shuffled = [3, 0, 6, 2, 5, 1, 4].flatMap((index) => oldestFirst[index] ?? []);
  assert.deepEqual(shuffled.sort(compareNames), oldestFirst);
});

test("versionNameAt() returns YYYYMMDD_HH:MM in UTC", () => {
  assert.equal(versionNameAt(new Date("2024-02-29T23:59:59.999Z")), "20240229_23:59");
});

test("versionNameAt() fills up with zeros", () => {
  assert.equal(versionNameAt(new Date(0)), "19700101_00:00");
});

test("versionNameAt() returns a name that readVersionName() takes", () => {
  const name = versionNameAt(new Date("2024-02-29T05:24:59Z"));
  assert.deepEqual(readVersionName(name), MORNING);
});

function compareNames(a: string, b: string): number {
  const [left, right] = [readVersionName(a), readVersionName(b)];
  if (left === undefined || right === undefined) return assert.fail(`${a} or ${b} is no version`);
  return compareBuildTime(left, right);
}

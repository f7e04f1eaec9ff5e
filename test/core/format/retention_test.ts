import assert from "node:assert/strict";
import { test } from "node:test";
import { planRetention, type RetentionPolicy } from "../../../core/format/retention.ts";

const NOW = new Date("2024-06-30T12:00:00Z");
const DAY_MS = 86_400_000;

/** The versions that leave, sorted; a "-" at the end of a name stands for no image. */
function leaving(names: readonly string[], policy: RetentionPolicy): readonly string[] {
  const versions = names.map((name) => ({
    name: name.replace(/-$/, ""),
    hasImages: !name.endsWith("-"),
  }));
  return [...planRetention(versions, policy, NOW).keys()].sort();
}

test("planRetention() keeps the greatest names, as clients sort them", () => {
  const names = ["202406011200", "20240601_05:24", "20240602", "20240531"];
  assert.deepEqual(leaving(names, { keep: 2 }), ["20240531", "202406011200"]);
});

test("planRetention() lets nothing leave without a policy", () => {
  assert.deepEqual(leaving(["20000101", "20240101"], {}), []);
});

test("planRetention() goes by the time in the name, to the minute", () => {
  const names = ["20240629_11:59", "20240629_12:00", "20240630"];
  assert.deepEqual(leaving(names, { maxAgeMs: DAY_MS }), ["20240629_11:59"]);
});

test("planRetention() keeps the newest version however old it is", () => {
  assert.deepEqual(leaving(["20000101", "20000102"], { maxAgeMs: DAY_MS, keep: 1 }), ["20000101"]);
});

test("planRetention() lets a version leave that one of two policies does not keep", () => {
  const names = ["20240501", "20240628", "20240629", "20240630"];
  assert.deepEqual(leaving(names, { keep: 2, maxAgeMs: 30 * DAY_MS }), ["20240501", "20240628"]);
  assert.deepEqual(leaving(names, { keep: 9, maxAgeMs: 30 * DAY_MS }), ["20240501"]);
});

test("planRetention() does not count versions in which clients see no image", () => {
  const names = ["20240627-", "20240628", "20240629-", "20240630-"];
  assert.deepEqual(leaving(names, { keep: 1 }), ["20240627"]);
});

test("planRetention() leaves names alone that clients pass over", () => {
  assert.deepEqual(leaving(["latest", "2024-01-01", "20240231", "20240630"], { keep: 1 }), []);
});

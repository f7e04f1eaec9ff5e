import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemo } from "../../core/memo.ts";

test("createMemo() looks a value up once, one that is undefined too", () => {
  const asked: string[] = [];
  const memo = createMemo((key) => {
    asked.push(key);
    return key === "nothing" ? undefined : key.length;
  }, { limit: 2 });
  assert.deepEqual(["a", "nothing", "a", "nothing"].map(memo), [1, undefined, 1, undefined]);
  assert.deepEqual(asked, ["a", "nothing"]);
});

test("createMemo() forgets what was not used for longest when there is more than its limit", () => {
  const asked: string[] = [];
  const memo = createMemo((key) => asked.push(key), { limit: 2 });
  ["a", "b", "a", "c", "a", "b", "c"].forEach(memo);
  assert.deepEqual(asked, ["a", "b", "c", "b", "c"]);
});

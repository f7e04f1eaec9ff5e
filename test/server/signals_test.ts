import assert from "node:assert/strict";
import { test } from "node:test";
import { settleWithin } from "../../server/signals.ts";

const NEVER = new Promise<void>(() => {});

test("settleWithin() waits for all work, whether it succeeds or not", async () => {
  const done: string[] = [];
  const work = [
    Promise.resolve().then(() => done.push("one")),
    Promise.reject(new Error("broken")),
    undefined,
    new Promise((resolve) => setImmediate(resolve)).then(() => done.push("two")),
  ];
  await settleWithin(60_000, work);
  assert.deepEqual(done, ["one", "two"]);
});

test("settleWithin() gives up after its time", async () => {
  await settleWithin(1, [NEVER]);
});

test("settleWithin() leaves no timer behind", async () => {
  // A timer of an hour would keep this process, and the runner of the tests tells.
  await settleWithin(3_600_000, []);
});

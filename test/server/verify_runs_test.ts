import assert from "node:assert/strict";
import { test } from "node:test";
import type { VerifyResult } from "../../core/verify_tree.ts";
import { createVerifyRuns, type VerifyRun } from "../../server/verify_runs.ts";

const RESULT: VerifyResult = {
  root: "/srv",
  counts: { products: 0, versions: 0, images: 0, files: 0, hashedFiles: 0, hashedBytes: 0 },
  findings: [],
};

interface Started {
  readonly fast: boolean;
  readonly finish: (result: VerifyResult) => void;
  readonly end: (reason: Error) => void;
}

function startRuns() {
  const started: Started[] = [];
  const finished: VerifyRun[] = [];
  let time = 0;
  const runs = createVerifyRuns({
    clock: { now: () => new Date(++time) },
    startVerify({ fast }) {
      let [finish, end]: [Started["finish"], Started["end"]] = [() => {}, () => {}];
      const work = new Promise<VerifyResult>((resolve, reject) => {
        [finish, end] = [resolve, reject];
      });
      started.push({ fast, finish, end });
      return { finished: work, end };
    },
    onFinished: (run) => void finished.push(run),
  });
  return { runs, started, finished };
}

test("verify() is shared by those who ask while it is under way", async () => {
  const { runs, started, finished } = startRuns();
  const [one, other] = [runs.verify({ fast: false }), runs.verify({ fast: false })];
  assert.equal(started.length, 1);
  started[0]?.finish(RESULT);
  assert.equal(await one, await other);
  assert.deepEqual(finished, [await one]);
  assert.deepEqual(await one, {
    fast: false,
    startedAt: new Date(1),
    finishedAt: new Date(2),
    result: RESULT,
  });
});

test("verify() begins anew for who asks afterwards", async () => {
  const { runs, started } = startRuns();
  const one = runs.verify({ fast: false });
  started[0]?.finish(RESULT);
  await one;
  const other = runs.verify({ fast: false });
  started[1]?.finish(RESULT);
  assert.notEqual(await other, await one);
});

test("verify() that reads no file does not wait for one that does", async () => {
  const { runs, started } = startRuns();
  const whole = runs.verify({ fast: false });
  const fast = runs.verify({ fast: true });
  assert.deepEqual(started.map((one) => one.fast), [false, true]);
  started[1]?.finish(RESULT);
  assert.equal((await fast).fast, true);
  started[0]?.finish(RESULT);
  assert.equal((await whole).fast, false);
});

test("verify() tells all who wait what ended it, and then begins anew", async () => {
  const { runs, started, finished } = startRuns();
  const waiting = [runs.verify({ fast: false }), runs.verify({ fast: false })];
  started[0]?.end(new Error("no more memory"));
  for (const one of waiting) await assert.rejects(one, /no more memory/);
  assert.deepEqual(finished, []);
  const again = runs.verify({ fast: false });
  started[1]?.finish(RESULT);
  assert.equal((await again).result, RESULT);
});

test("stop() ends what is under way and takes no more", async () => {
  const { runs, started } = startRuns();
  const waiting = [runs.verify({ fast: false }), runs.verify({ fast: true })];
  runs.stop();
  for (const one of waiting) await assert.rejects(one, { code: "NOT_READY" });
  await assert.rejects(runs.verify({ fast: false }), { code: "NOT_READY" });
  assert.equal(started.length, 2);
});

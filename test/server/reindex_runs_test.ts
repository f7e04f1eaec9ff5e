import assert from "node:assert/strict";
import { test } from "node:test";
import type { IndexResult } from "../../core/index_tree.ts";
import { HttpProblem } from "../../server/problem.ts";
import {
  createReindexRuns,
  joinRequests,
  type ReindexRun,
  type ReindexRuns,
} from "../../server/reindex_runs.ts";
import type { IndexRequest, IndexRunner } from "../../server/run_index.ts";
import { createGate } from "./support/gate.ts";

const ALL: IndexRequest = { dryRun: false, rehash: false };
const RESULT: IndexResult = {
  root: "/srv",
  scope: "all",
  written: true,
  counts: { products: 1, versions: 1, images: 1, hashedFiles: 0, hashedBytes: 0 },
  documents: [],
  changes: { added: [], removed: [], changed: [] },
  findings: [],
};

interface Stage {
  readonly runs: ReindexRuns;
  readonly finished: readonly ReindexRun[];
  readonly troubles: readonly unknown[];
}

function startRuns(runIndex: IndexRunner): Stage {
  const finished: ReindexRun[] = [];
  const troubles: unknown[] = [];
  let [id, time] = [0, 0];
  const runs = createReindexRuns({
    root: "/srv",
    clock: { now: () => new Date(++time), turn: () => Promise.resolve() },
    runIndex,
    newId: () => `run-${++id}`,
    onFinished: (run) => void finished.push(run),
    onTrouble: (error) => void troubles.push(error),
  });
  return { runs, finished, troubles };
}

const runAtOnce: IndexRunner = () => Promise.resolve(RESULT);

test("joinRequests() writes when one of them writes, and rehashes when one of them does", () => {
  const dry = { dryRun: true, rehash: false };
  const thorough = { dryRun: false, rehash: true };
  assert.deepEqual(joinRequests(dry, thorough), {
    dryRun: false,
    rehash: true,
    products: undefined,
  });
  assert.equal(joinRequests(dry, dry).dryRun, true);
  assert.equal(joinRequests(ALL, dry).rehash, false);
});

test("joinRequests() looks at what either wants, sorted and once", () => {
  const one = { ...ALL, products: ["ubuntu", "debian:12"] };
  const other = { ...ALL, products: ["debian:12", "alpine"] };
  assert.deepEqual(joinRequests(one, other).products, ["alpine", "debian:12", "ubuntu"]);
});

test("joinRequests() looks at everything when one of them does", () => {
  const part = { ...ALL, products: ["ubuntu"] };
  assert.equal(joinRequests(part, ALL).products, undefined);
  assert.equal(joinRequests(ALL, part).products, undefined);
});

test("createReindexRuns() runs what was asked for, and tells when it is over", async () => {
  const { runs, finished } = startRuns(runAtOnce);
  const { id, finished: over } = runs.submit(ALL, "start");
  assert.equal(runs.find(id)?.state, "queued");
  const run = await over;
  assert.deepEqual([run.id, run.state, run.trigger, run.result], [
    "run-1",
    "done",
    "start",
    RESULT,
  ]);
  assert.deepEqual(runs.find(id), run);
  assert.deepEqual(finished, [run]);
  assert.ok(run.queuedAt < (run.startedAt ?? 0) && (run.startedAt ?? 0) < (run.finishedAt ?? 0));
});

test("createReindexRuns() makes one run of what is asked for in one turn", async () => {
  const requests: IndexRequest[] = [];
  const { runs } = startRuns((request) => {
    requests.push(request);
    return Promise.resolve(RESULT);
  });
  const part = { ...ALL, products: ["debian"] };
  const [one, other] = [runs.submit(part, "watch"), runs.submit(part, "api")];
  assert.equal(one.id, other.id);
  assert.equal((await other.finished).trigger, "watch");
  assert.equal(requests.length, 1);
});

test("createReindexRuns() has at most one run that waits, one after the other", async () => {
  const gate = createGate();
  const { runs } = startRuns(gate.around(runAtOnce));
  const first = runs.submit(ALL, "api");
  await gate.begun(1);
  const waiting = [1, 2, 3].map(() => runs.submit(ALL, "api"));
  assert.deepEqual(waiting.map(({ id }) => id), ["run-2", "run-2", "run-2"]);
  assert.deepEqual(runs.list().map(({ id, state }) => [id, state]), [
    ["run-2", "queued"],
    ["run-1", "running"],
  ]);
  assert.equal(runs.find(first.id)?.progress?.totalFiles, 4);
  gate.open();
  await Promise.all(waiting.map(({ finished }) => finished));
  assert.equal(runs.submit(ALL, "api").id, "run-3");
});

test("createReindexRuns() keeps why a run did not succeed, and goes on", async () => {
  const errors = [new HttpProblem("REFUSED", "Cannot do it"), new TypeError("inner")];
  const { runs, troubles } = startRuns(() => {
    const error = errors.shift();
    return error === undefined ? Promise.resolve(RESULT) : Promise.reject(error);
  });
  const refused = await runs.submit(ALL, "api").finished;
  assert.deepEqual([refused.state, refused.problem?.code], ["failed", "REFUSED"]);
  assert.equal(refused.cause, undefined);
  const broken = await runs.submit(ALL, "api").finished;
  assert.deepEqual([broken.state, broken.problem?.code], ["failed", "INTERNAL"]);
  assert.equal(broken.cause?.message, "inner");
  assert.doesNotMatch(JSON.stringify(broken.problem), /inner/);
  assert.deepEqual(troubles, [broken.cause]);
  assert.equal((await runs.submit(ALL, "api").finished).state, "done");
});

test("stop() lets what runs end, and refuses what waits and what comes", async () => {
  const gate = createGate();
  const { runs } = startRuns(gate.around(runAtOnce));
  const running = runs.submit(ALL, "api");
  await gate.begun(1);
  const waiting = runs.submit(ALL, "api");
  const stopped = runs.stop();
  assert.throws(() => runs.submit(ALL, "api"), { code: "NOT_READY", message: /try again later/ });
  gate.open();
  assert.equal((await running.finished).state, "done");
  const refused = await waiting.finished;
  assert.deepEqual([refused.state, refused.problem?.code], ["failed", "NOT_READY"]);
  assert.equal(runs.find(waiting.id)?.state, "failed");
  await stopped;
  assert.equal(gate.requests.length, 1);
});

test("stop() refuses what has not begun yet, and resolves where nothing runs", async () => {
  const { runs } = startRuns(runAtOnce);
  const waiting = runs.submit(ALL, "api");
  await runs.stop();
  assert.equal((await waiting.finished).problem?.code, "NOT_READY");
  await startRuns(runAtOnce).runs.stop();
});

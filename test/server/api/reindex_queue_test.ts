import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { until } from "../../support/command.ts";
import { writeFiles, writeSampleTree } from "../../support/trees.ts";
import { API, ask } from "../support/described.ts";
import { createGate } from "../support/gate.ts";
import { startService, type TestService } from "../support/service.ts";

const POST = { method: "POST" };
const ASYNC = { method: "POST", headers: { Prefer: "respond-async" } };

function startWithTree(
  context: TestContext,
  options: Parameters<typeof startService>[1] = {},
): TestService {
  const service = startService(context, options);
  writeSampleTree(service.root);
  return service;
}

test("POST /reindex answers at once when the client prefers that, and the run goes on", async (context) => {
  const gate = createGate();
  const service = startWithTree(context, { aroundIndex: gate.around });
  const { status, headers, body } = await ask(service, "/reindex", {
    method: "POST",
    headers: { Prefer: "wait=10, Respond-Async" },
  });
  assert.equal(status, 202);
  assert.equal(headers.get("Preference-Applied"), "respond-async");
  assert.equal(headers.get("Location"), `${API}/reindex/${body.run}`);
  assert.deepEqual([body.state, body.trigger], ["queued", "api"]);
  await gate.begun(1);
  const path = headers.get("Location")?.slice(API.length) ?? "";
  const running = (await ask(service, path)).body;
  assert.equal(running.state, "running");
  assert.deepEqual(running.progress, { files: 1, totalFiles: 4, bytes: 10, totalBytes: 40 });
  assert.equal("finishedAt" in running, false);
  gate.open();
  await until("the run is over", () => service.runs.length === 1);
  const done = (await ask(service, path)).body;
  assert.equal(done.state, "done");
  assert.equal(done.result.counts.products, 3);
  assert.equal("root" in done.result, false);
  assert.deepEqual(
    [done.queuedAt, done.startedAt, done.finishedAt],
    [done.queuedAt, done.startedAt, done.finishedAt].toSorted(),
  );
});

test("GET /reindex/RUN tells why a run did not succeed", async (context) => {
  const service = startWithTree(context);
  writeFiles(service.root, { "images/debian/.requirements": "{" });
  const { status, body } = await ask(service, "/reindex", ASYNC);
  assert.equal(status, 202);
  await until("the run is over", () => service.runs.length === 1);
  const failed = (await ask(service, `/reindex/${body.run}`)).body;
  assert.equal(failed.state, "failed");
  assert.deepEqual([failed.problem.code, failed.problem.status], ["FORMAT", 422]);
  assert.equal(failed.problem.errors[0].path, "images/debian/.requirements");
  assert.equal("result" in failed, false);
});

test("POST /reindex while one runs joins all who ask into one next run", async (context) => {
  const gate = createGate();
  const service = startWithTree(context, { aroundIndex: gate.around });
  const first = ask(service, "/reindex?dryRun=true", POST);
  await gate.begun(1);
  const dry = ask(service, "/reindex?dryRun=true&products=debian", POST);
  const wet = ask(service, "/reindex?products=ubuntu,debian", POST);
  const again = ask(service, "/reindex?dryRun=true&rehash=true&products=alpine", POST);
  await until("all wait", async () => {
    const [waiting] = (await ask(service, "/reindex")).body.runs;
    return waiting.request.products?.length === 3 && waiting.request.rehash;
  });
  const last = await ask(service, "/reindex?dryRun=true&products=debian", ASYNC);
  assert.equal(last.body.state, "queued");
  assert.equal((await ask(service, "/reindex")).body.runs.length, 2);
  gate.open();
  const answers = await Promise.all([dry, wet, again]);
  assert.notEqual((await first).body.run, last.body.run);
  assert.equal((await first).body.written, false);
  for (const { status, body } of answers) {
    assert.deepEqual([status, body.run, body.written], [200, last.body.run, true]);
    assert.deepEqual(body.scope, ["alpine", "debian", "ubuntu"]);
  }
  assert.deepEqual(gate.requests.slice(1), [
    { dryRun: false, rehash: true, products: ["alpine", "debian", "ubuntu"] },
  ]);
});

test("POST /reindex of everything, joined to a part, looks at everything", async (context) => {
  const gate = createGate();
  const service = startWithTree(context, { aroundIndex: gate.around });
  const first = ask(service, "/reindex", POST);
  await gate.begun(1);
  const part = await ask(service, "/reindex?products=debian", ASYNC);
  const all = await ask(service, "/reindex", ASYNC);
  assert.equal(all.body.run, part.body.run);
  gate.open();
  await first;
  await until("both are over", () => service.runs.length === 2);
  assert.equal((await ask(service, `/reindex/${part.body.run}`)).body.result.scope, "all");
});

test("POST /reindex goes on after a run that did not succeed", async (context) => {
  const service = startWithTree(context);
  writeFiles(service.root, { "images/debian/.requirements": "{" });
  assert.equal((await ask(service, "/reindex", POST)).status, 422);
  writeFiles(service.root, { "images/debian/.requirements": "{}" });
  assert.equal((await ask(service, "/reindex", POST)).status, 200);
});

test("GET /reindex keeps the last 100 runs, the newest first", async (context) => {
  const service = startWithTree(context);
  const runs: string[] = [];
  for (let count = 0; count < 101; count++) {
    runs.push((await ask(service, "/reindex?dryRun=true&products=ubuntu", POST)).body.run);
  }
  const { body } = await ask(service, "/reindex");
  assert.deepEqual(
    body.runs.map(({ run }: { run: string }) => run),
    runs.slice(1).reverse(),
  );
  assert.equal((await ask(service, `/reindex/${runs[0]}`)).status, 404);
  assert.equal((await ask(service, `/reindex/${runs[1]}`)).status, 200);
});

test("GET /reindex/RUN says 404 for a run that nobody knows", async (context) => {
  const service = startService(context);
  const { status, body } = await ask(service, "/reindex/none");
  assert.deepEqual([status, body.code], [404, "NOT_FOUND"]);
  assert.match(body.detail, /GET \/api\/v1\/reindex lists them$/);
});

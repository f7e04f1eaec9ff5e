import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { watchTree } from "../../../server/watch/watch_tree.ts";
import { workerUrl } from "./watching.ts";

/** Watches with a thread that does as the test says; the file `starts` gets "x" for each start. */
function watchBy(
  test: TestContext,
  { script, rescanMs = 60_000 }: { readonly script: string; readonly rescanMs?: number },
) {
  const root = mkdtempSync(join(tmpdir(), "simplestreams-watch-"));
  test.after(() => rmSync(root, { recursive: true, force: true }));
  writeFileSync(
    `${root}/worker.mjs`,
    `import { appendFileSync } from "node:fs";
    import { parentPort } from "node:worker_threads";
    appendFileSync(${JSON.stringify(`${root}/starts`)}, "x");
    ${script}`,
  );
  const told: string[] = [];
  const watch = watchTree({
    worker: pathToFileURL(`${root}/worker.mjs`),
    root,
    streams: ["images"],
    rescanMs,
    onProducts: (products, trigger) => told.push(`${trigger}: ${products ?? "all"}`),
    onTrouble: (message) => told.push(message),
    onReady: () => told.push("ready"),
  });
  return { ...watch, told, starts: () => readFileSync(`${root}/starts`, "utf8").length };
}

test("watchTree() hands on what its thread says", async (context) => {
  const watch = watchBy(context, {
    script: `for (const report of [
      { ready: true }, { products: ["a:1:amd64:x", "b"] }, { products: "all" }, { trouble: "so" },
    ]) parentPort.postMessage(report);
    parentPort.on("message", () => parentPort.postMessage({ stopped: true }));`,
  });
  await sleep(1000);
  await watch.stop();
  assert.deepEqual(watch.told, ["ready", "watch: a:1:amd64:x,b", "watch: all", "so"]);
});

test("watchTree() asks for a full pass every so often, until it is stopped", async (context) => {
  const script = `parentPort.on("message", () => parentPort.postMessage({ stopped: true }));`;
  const watch = watchBy(context, { script, rescanMs: 300 });
  await sleep(1000);
  await watch.stop();
  assert.ok(watch.told.length >= 2 && watch.told.every((one) => one === "rescan: all"));
  watch.told.length = 0;
  await sleep(700);
  assert.deepEqual(watch.told, []);
});

test("watchTree() tells of a thread that dies and starts another, later each time", async (context) => {
  const watch = watchBy(context, { script: "process.exit(3);" });
  await sleep(2500);
  await watch.stop();
  assert.match(watch.told[0] ?? "", /^Cannot watch ".*": its thread ended; .* again in 1 s/);
  assert.match(watch.told[1] ?? "", /again in 2 s/);
  assert.equal(watch.starts(), 2);
});

test("watchTree() starts another thread without a word for one that is blind", async (context) => {
  const watch = watchBy(context, {
    script: `parentPort.postMessage({ blind: true }); parentPort.on("message", () => {});`,
  });
  await sleep(1800);
  await watch.stop();
  assert.equal(watch.starts(), 2);
  assert.deepEqual(watch.told, []);
});

test("watchTree() does not keep the process that it is in", (context) => {
  const root = mkdtempSync(join(tmpdir(), "simplestreams-watch-"));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  const options = "Deno" in globalThis
    ? ["run", "-A", "-q", "--no-check", "--node-modules-dir=manual"]
    : [];
  const { status, stdout } = spawnSync(
    process.execPath,
    [...options, fileURLToPath(workerUrl()), root],
    { timeout: 20_000, encoding: "utf8" },
  );
  assert.equal(stdout, "ready\n");
  assert.equal(status, 0);
});

test("stop() ends a thread that does not stop by itself", async (context) => {
  const watch = watchBy(context, { script: "for (;;);" });
  await sleep(300);
  const startMs = performance.now();
  await watch.stop();
  assert.ok(performance.now() - startMs < 10_000);
});

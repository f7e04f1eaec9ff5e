import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, it, type TestContext } from "node:test";
import { until } from "../support/command.ts";
import { type ServerProcess, startServer } from "../support/server_process.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import { imageFiles, writeFiles, writeSampleTree } from "../support/trees.ts";
import { ask } from "./support/ask.ts";

const PRODUCT = "debian:12:amd64:default";
const FOLDER = "images/debian/12/amd64/default";
/** What the issue of the watch allows, from the rename to the document. */
const LIMIT_MS = 5000;

interface Watched {
  readonly root: string;
  readonly server: ServerProcess;
}

async function startWatched(test: TestContext): Promise<Watched> {
  const root = makeTempDirectory(test);
  writeSampleTree(root);
  const server = await startServer(test, ["--watch", root]);
  const said = () => server.log().map(({ message = "" }) => message);
  await until("it watches", () => said().includes("watching images/"));
  await until("its first pass is done", () => said().some((line) => line.startsWith("index run")));
  return { root, server };
}

async function versionsOf({ server }: Watched): Promise<readonly string[]> {
  const { body } = await ask(`${server.url}/api/v1/products/${PRODUCT}`);
  return JSON.parse(String(body)).versions.map(({ name }: { name: string }) => name);
}

/** Puts a version together in a hidden folder and renames it into its place. */
function addVersion({ root }: Watched, name: string): void {
  const hidden = join(root, FOLDER, `.upload-${name}`);
  mkdirSync(hidden);
  writeFiles(hidden, imageFiles(name));
  renameSync(hidden, join(root, FOLDER, name));
}

describe("The server that watches", { concurrency: 4, timeout: 60_000 }, () => {
  it("publishes a version that appears by rename within five seconds", async (test) => {
    const watched = await startWatched(test);
    addVersion(watched, "20240201");
    const renamed = performance.now();
    await until("it is published", async () => (await versionsOf(watched)).includes("20240201"));
    const ms = performance.now() - renamed;
    assert.ok(ms < LIMIT_MS, `after ${Math.round(ms)} ms`);
    await until("its run is over", async () => {
      const { body } = await ask(`${watched.server.url}/api/v1/reindex`);
      const { runs } = JSON.parse(String(body));
      return runs.some((run: { trigger: string; result?: { scope: unknown } }) =>
        run.trigger === "watch" && String(run.result?.scope) === PRODUCT
      );
    });
  });

  it("takes back a version that is removed, and publishes new requirements", async (test) => {
    const watched = await startWatched(test);
    const [first = ""] = await versionsOf(watched);
    rmSync(join(watched.root, FOLDER, first), { recursive: true });
    await until("it is gone", async () => !(await versionsOf(watched)).includes(first));
    writeFiles(watched.root, { "images/debian/12/.requirements": '{"cgroup": "v2"}' });
    await until("they are published", async () => {
      const { body } = await ask(`${watched.server.url}/api/v1/products/${PRODUCT}`);
      return JSON.parse(String(body)).requirements.cgroup === "v2";
    });
  });

  it("publishes no version while its files grow", async (test) => {
    const watched = await startWatched(test);
    const folder = join(watched.root, FOLDER, "20240301");
    mkdirSync(folder);
    writeFiles(folder, imageFiles("growing"));
    for (let step = 0; step < 12; step++) {
      appendFileSync(join(folder, "root.tar.xz"), "more\n");
      await sleep(500);
      assert.ok(!(await versionsOf(watched)).includes("20240301"), `after ${step} steps`);
    }
    await until("it is published", async () => (await versionsOf(watched)).includes("20240301"));
  });

  it("ends at once when it is told to", async (test) => {
    const { server } = await startWatched(test);
    const asked = performance.now();
    assert.equal((await server.stop()).status, 0);
    assert.ok(performance.now() - asked < 5000);
  });
});

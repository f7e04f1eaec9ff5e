import assert from "node:assert/strict";
import { Agent } from "node:http";
import { describe, it, type TestContext } from "node:test";
import { until } from "../support/command.ts";
import { type ServerProcess, startServer } from "../support/server_process.ts";
import { ask } from "./support/ask.ts";
import { growListedFile, publishedTree, SMALL, writeBigVersion } from "./support/big_tree.ts";
import { hasOpen } from "./support/process_files.ts";

const GIB = 2 ** 30;
const REQUESTS = 240;
const LIMIT_MS = 50;
/** Where a machine is too slow for that, how many times as long as without other work an answer takes. */
const TIMES_IDLE = 3;
const TRIES = 4;
const PATHS = ["api/v1/products", "streams/v1/index.json"];

const WORK = { "a reindex": startReindex, "verify": startVerify } as const;

for (const [what, start] of Object.entries(WORK)) {
  describe(`While ${what} digests gigabytes`, { timeout: 90_000 }, () => {
    for (const clients of [1, 10]) {
      it(`small GETs are answered, ${clients} at a time`, async (test) => {
        const told: string[] = [];
        let isMet = false;
        while (told.length < TRIES && !isMet) {
          const { server, isDigesting } = await start(test);
          const busy = await askOften(server, clients);
          assert.ok(await isDigesting(), "it was over before the requests");
          // It would go on for half a minute.
          server.signal("SIGKILL");
          await server.finished;
          // What else this machine does must not count.
          const idle = await askOften(
            await startServer(test, [await publishedTree(test)]),
            clients,
          );
          isMet = busy.p99 < Math.max(LIMIT_MS, TIMES_IDLE * idle.p99);
          told.push(`${describeFigures(busy)} (idle ${describeFigures(idle)})`);
        }
        test.diagnostic(`${REQUESTS} requests, ${clients} at a time: ${told.join("; then ")}`);
        assert.ok(isMet, told.join("; then "));
      });
    }
  });
}

function describeFigures({ p50, p99 }: Figures): string {
  return `p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)} ms`;
}

/** Durations in milliseconds. */
interface Figures {
  readonly p50: number;
  readonly p99: number;
}

interface Busy {
  readonly server: ServerProcess;
  readonly isDigesting: () => boolean | Promise<boolean>;
}

async function startReindex(test: TestContext): Promise<Busy> {
  const root = await publishedTree(test);
  for (const variant of ["default", "cloud"]) {
    writeBigVersion(root, `debian/12/amd64/${variant}/20240109`, 32 * GIB);
  }
  const server = await startServer(test, [root]);
  const started = await ask(`${server.url}/api/v1/reindex`, {
    method: "POST",
    headers: { Prefer: "respond-async" },
  });
  const run = async () => JSON.parse((await ask(server.url + started.headers.location)).text);
  await until("it digests", async () => ((await run()).progress?.bytes ?? 0) > 0);
  return { server, isDigesting: async () => (await run()).state === "running" };
}

async function startVerify(test: TestContext): Promise<Busy> {
  const root = await publishedTree(test);
  const files = [SMALL, SMALL.replace("root.squashfs", "disk.qcow2")];
  for (const path of files) growListedFile(root, path, 32 * GIB);
  const server = await startServer(test, [root]);
  // It ends with the server, before there is an answer.
  ask(`${server.url}/api/v1/verify`).catch(() => {});
  const isDigesting = () => hasOpen(server.pid, root, ...files);
  await until("it digests", isDigesting);
  return { server, isDigesting };
}

async function askOften(server: ServerProcess, clients: number): Promise<Figures> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const times: number[] = [];
  await Promise.all(Array.from({ length: clients }, async () => {
    for (let count = 0; count < REQUESTS / clients; count++) {
      const start = performance.now();
      const { status } = await ask(`${server.url}/${PATHS[count % PATHS.length]}`, { agent });
      times.push(performance.now() - start);
      assert.equal(status, 200);
    }
  }));
  agent.destroy();
  times.sort((one, other) => one - other);
  const at = (part: number) => times[Math.ceil(times.length * part) - 1] ?? NaN;
  return { p50: at(0.5), p99: at(0.99) };
}

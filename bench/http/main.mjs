/** The entry of `npm run bench:http`: our server and nginx, on one tree, under one load, in turn. */

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { median } from "../measure.mjs";
import { load, residentMb } from "./load.mjs";
import { startNginx, startOurs } from "./servers.mjs";
import { DISK_PATH, DOCUMENT_PATH, makeServedTree } from "./tree.mjs";

const USAGE = `usage: npm run bench:http -- [options]
  --rounds N   rounds of each case (default 3)
  --seconds N  how long each load lasts (default 5)
  --quick      a small file, one round of a second, no verdicts: does everything run?
  --json       one JSON object on stdout
  -h, --help   this text
`;
const PROGRAMS = ["nginx", "wrk", "openssl"];
/** Fewer requests than this say nothing about growth. */
const MEMORY_REQUESTS = 10_000;
const MEMORY_STEPS = 4;

await main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
});

async function main() {
  const { values: options } = parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "5" },
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  requirePrograms();
  const rounds = options.quick ? 1 : Number(options.rounds);
  const seconds = options.quick ? 1 : Number(options.seconds);
  const directory = fs.mkdtempSync(join(tmpdir(), "bench-http-"));
  // nginx gives its requests to workers of another user.
  fs.chmodSync(directory, 0o755);
  const servers = [];
  try {
    const tree = makeServedTree(directory, { diskMib: options.quick ? 16 : 256 });
    servers.push(
      await startNginx(tree, directory),
      await startOurs("node", [process.execPath], tree, directory),
      await startOurs("deno", denoCommand(), tree, directory),
    );
    const samples = await takeTurns(servers, { rounds, seconds });
    const memory = [];
    for (const server of servers.filter(({ name }) => name !== "nginx")) {
      memory.push(await measureMemory(server));
    }
    const result = {
      machine: { cores: availableParallelism(), load: loadavg()[0] },
      servers: summarize(samples),
      memory,
    };
    if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else process.stdout.write(describe(result, { isQuick: options.quick }));
  } finally {
    for (const server of servers) await server.stop();
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** One round loads every server with every case; the next round begins with the next server. */
async function takeTurns(servers, { rounds, seconds }) {
  const samples = new Map(servers.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < servers.length; turn++) {
      const server = servers[(round + turn) % servers.length];
      const small = { url: `${server.http}/${DOCUMENT_PATH}`, seconds };
      const document = await load({ ...small, connections: 20 });
      const crowd = await load({ ...small, connections: 100 });
      const disk = await load({ url: `${server.https}/${DISK_PATH}`, seconds, connections: 4 });
      samples.get(server.name)?.push({
        requestsPerSecond: document.requestsPerSecond,
        crowdP99Ms: crowd.p99Ms,
        diskMbPerSecond: disk.mbPerSecond,
        errors: document.errors + crowd.errors + disk.errors,
      });
    }
  }
  return samples;
}

/** Resident memory after so many requests, and after so many more again and again. */
async function measureMemory(server) {
  const residentMbs = [];
  for (let step = 0; step < MEMORY_STEPS; step++) {
    let requests = 0;
    while (requests < MEMORY_REQUESTS) {
      const done = await load({
        url: `${server.http}/${DOCUMENT_PATH}`,
        seconds: 1,
        connections: 20,
      });
      requests += Math.max(1, Math.round(done.requestsPerSecond));
    }
    residentMbs.push(residentMb(server.pid));
  }
  return { name: server.name, residentMbs };
}

function summarize(samples) {
  return [...samples].map(([name, taken]) => {
    const of = (field) => median(taken.map((sample) => sample[field]));
    const ratios = (field) =>
      median(taken.map((sample, round) => sample[field] / samples.get("nginx")[round][field]));
    return {
      name,
      requestsPerSecond: of("requestsPerSecond"),
      crowdP99Ms: of("crowdP99Ms"),
      diskMbPerSecond: of("diskMbPerSecond"),
      errors: taken.reduce((sum, { errors }) => sum + errors, 0),
      ofNginx: {
        requestsPerSecond: ratios("requestsPerSecond"),
        diskMbPerSecond: ratios("diskMbPerSecond"),
      },
    };
  });
}

function describe({ machine, servers, memory }, { isQuick }) {
  const lines = [
    `${machine.cores} cores shared with the load, load average ${machine.load.toFixed(2)}`,
    "          index.json/s  of nginx   p99 of 100   256 MiB, https  of nginx   errors",
  ];
  for (const server of servers) {
    const { name, requestsPerSecond, crowdP99Ms, diskMbPerSecond, errors, ofNginx } = server;
    lines.push(
      [
        name.padEnd(8),
        requestsPerSecond.toFixed(0).padStart(13),
        percent(ofNginx.requestsPerSecond).padStart(9),
        `${crowdP99Ms.toFixed(1)} ms`.padStart(12),
        `${diskMbPerSecond.toFixed(0)} MB/s`.padStart(16),
        percent(ofNginx.diskMbPerSecond).padStart(9),
        String(errors).padStart(8),
      ].join(" "),
    );
  }
  for (const { name, residentMbs } of memory) {
    const steps = residentMbs.map((mb) => mb.toFixed(0)).join(", ");
    lines.push(`${name}: resident after each ${MEMORY_REQUESTS} requests or more: ${steps} MB`);
  }
  if (!isQuick) {
    for (const { name, requestsPerSecond, ofNginx } of servers) {
      if (name === "nginx") continue;
      const small = requestsPerSecond >= 10_000 || ofNginx.requestsPerSecond >= 1 / 3;
      lines.push(
        `${name}: 10,000 index.json/s or a third of nginx: ${small ? "met" : "MISSED"}; ` +
          `half of nginx for 256 MiB: ${ofNginx.diskMbPerSecond >= 0.5 ? "met" : "MISSED"}`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

function percent(share) {
  return `${(share * 100).toFixed(0)} %`;
}

function requirePrograms() {
  const missing = PROGRAMS.filter((name) =>
    spawnSync("sh", ["-c", 'PATH="$PATH:/usr/sbin" command -v "$1"', "sh", name]).status !== 0
  );
  if (missing.length === 0) return;
  throw new Error(
    `Cannot run the benchmark: ${missing.join(", ")} not found; ` +
      "sudo sh scripts/install_clients.sh installs them",
  );
}

function denoCommand() {
  const script = "console.log(Deno.execPath())";
  const { stdout } = spawnSync("node_modules/.bin/deno", ["eval", script], { encoding: "utf8" });
  return [stdout.trim(), "run", "-A", "--node-modules-dir=manual"];
}

/**
 * Timing of whole processes.
 *
 * @typedef {{ wallS: number, cpuS: number, peakMb: number, hashSpeed?: number }} Sample
 *   `cpuS` is user and system time, NaN where no GNU time is found; `peakMb` is in 10^6 bytes;
 *   `hashSpeed` is what `hashSpeed()` said just before
 * @typedef {{ name: string, argv: readonly string[] }} Contender
 */

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** GNU time reads the peak from the kernel's own account, which no polling can miss. */
const HAS_GNU_TIME = /^\d+\n$/.test(
  spawnSync("time", ["-f", "%M", "true"], { encoding: "utf8" }).stderr ?? "",
);
const REPORT = join(tmpdir(), `bench-${process.pid}.time`);
process.once("exit", () => fs.rmSync(REPORT, { force: true }));
const POLL_MS = 10;

/**
 * Runs every contender once a round, each round starting with another one, and returns the samples
 * by name, in the order of the rounds.
 *
 * @template {Contender} C
 * @param {readonly C[]} contenders
 * @param {{
 *   rounds: number,
 *   before?: (contender: C) => { hashSpeed?: number } | void,
 *   after?: (contender: C) => void,
 * }} options
 * @returns {Promise<Map<string, Sample[]>>}
 */
export async function measureRounds(contenders, { rounds, before, after }) {
  /** @type {Map<string, Sample[]>} */
  const samples = new Map(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(round + turn) % contenders.length];
      const extra = before?.(contender) ?? {};
      samples.get(contender.name)?.push({ ...await run(contender.argv), ...extra });
      after?.(contender);
    }
  }
  return samples;
}

/**
 * Runs a program to its end and returns what it took.
 *
 * @param {readonly string[]} argv
 * @returns {Promise<Sample>}
 * @throws {Error} if it ends with another status than 0
 */
export async function run(argv) {
  const wrapper = HAS_GNU_TIME ? ["time", "-f", "%U %S %M", "-o", REPORT] : [];
  const [command, ...args] = [...wrapper, ...argv];
  const started = performance.now();
  const child = spawn(command, args, { stdio: "ignore", env: childEnvironment() });
  let polledKib = NaN;
  const timer = HAS_GNU_TIME ? undefined : setInterval(() => {
    polledKib = peakKib(child.pid) ?? polledKib;
  }, POLL_MS);
  const [code] = await once(child, "exit");
  const wallS = (performance.now() - started) / 1000;
  clearInterval(timer);
  if (code !== 0) throw new Error(describeFailure(argv, code));
  if (!HAS_GNU_TIME) return { wallS, cpuS: NaN, peakMb: polledKib * 1024 / 1e6 };
  const [user, system, kib] = fs.readFileSync(REPORT, "utf8").trim().split(" ").map(Number);
  return { wallS, cpuS: user + system, peakMb: kib * 1024 / 1e6 };
}

/**
 * Returns how many bytes a second one core digests with node:crypto, in updates of 256 KiB.
 *
 * @param {number} durationMs
 */
export function hashSpeed(durationMs = 400) {
  const block = Buffer.alloc(256 * 1024, 0xa5);
  const hash = createHash("sha256");
  for (let warm = 0; warm < 100; warm++) hash.update(block);
  const started = performance.now();
  let bytes = 0;
  while (performance.now() - started < durationMs) {
    hash.update(block);
    bytes += block.length;
  }
  return bytes / (performance.now() - started) * 1000;
}

/** Waits until everything written so far is on the disk, so that no run pays for another's. */
export function settle() {
  spawnSync("sync");
}

/**
 * @param {readonly number[]} values
 */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Without what slows a start and belongs to this machine: 47 ms for the extra certificates. */
function childEnvironment() {
  const { NODE_EXTRA_CA_CERTS: _certs, NODE_OPTIONS: _options, PYTHONUNBUFFERED: _py, ...rest } =
    process.env;
  return { ...rest, DENO_NO_UPDATE_CHECK: "1" };
}

/**
 * @param {number | undefined} pid
 * @returns {number | undefined} undefined once the process is gone, and where there is no /proc
 */
function peakKib(pid) {
  try {
    const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
    const match = /^VmHWM:\s*(\d+) kB$/m.exec(status);
    return match === null ? undefined : Number(match[1]);
  } catch {
    return undefined;
  }
}

/**
 * Runs the program once more to see what it says; the timed runs listen to nothing.
 *
 * @param {readonly string[]} argv
 * @param {number | null} code
 */
function describeFailure(argv, code) {
  const [command, ...args] = argv;
  const again = spawnSync(command, args, { encoding: "utf8", env: childEnvironment() });
  const said = (again.stderr ?? String(again.error)).trim().split("\n").slice(-10).join("\n");
  return `Cannot time "${argv.join(" ")}": exit status ${code}, expected 0\n${said}`;
}

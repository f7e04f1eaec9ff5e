/** A load by wrk, and what it measured. */

import { execFile } from "node:child_process";
import * as fs from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);
const UNITS = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };
const TIMES = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

/**
 * Loads one URL.
 *
 * @param {{ url: string, seconds: number, connections: number }} options
 * @returns {Promise<{
 *   requestsPerSecond: number, p99Ms: number, mbPerSecond: number, errors: number,
 * }>} megabytes are 10^6 bytes; errors are answers other than 2xx and broken connections
 */
export async function load({ url, seconds, connections }) {
  const { stdout } = await run("wrk", [
    ...["-t", "1", "-c", String(connections), "-d", `${seconds}s`, "--timeout", "30s"],
    ...["--latency", url],
  ]);
  const [, size = "0", unit = "B"] = /Transfer\/sec:\s+([\d.]+)([KMG]?B)/.exec(stdout) ?? [];
  const [, time = "NaN", scale = "ms"] = /99%\s+([\d.]+)(us|ms|s|m)/.exec(stdout) ?? [];
  const [, foreign = "0"] = /Non-2xx or 3xx responses: (\d+)/.exec(stdout) ?? [];
  const [, ...broken] = /connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout) ?? [];
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    p99Ms: Number(time) * TIMES[scale],
    mbPerSecond: Number(size) * UNITS[unit] / 1e6,
    errors: Number(foreign) + broken.reduce((sum, count) => sum + Number(count), 0),
  };
}

/** Returns a process's resident memory in megabytes. */
export function residentMb(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024 / 1e6;
}

import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Digester, Hasher, HashJob, HashOutcome } from "../ports.ts";
import { hashFiles } from "./hash_files.ts";
import { HASH_WORKER, type WorkerReport } from "./hash_worker.ts";

type Options = Parameters<Hasher["hash"]>[1];

/** Below this a worker's start takes longer than the reading. */
const WORKER_PAYS_BYTES = 64 * 1024 * 1024;
/** How many small jobs are done before signals and timers have their turn. */
const JOBS_A_TURN = 200;

/**
 * Returns the hasher: on the spot for little data, else in worker threads, the big jobs first.
 *
 * @param worker a module that runs hash jobs when it is started as a worker; in a single file, itself
 */
export function createHasher(worker: URL): Hasher {
  return {
    async hash(jobs, options) {
      const totalBytes = jobs.reduce((sum, job) => sum + job.sizeBytes, 0);
      if (totalBytes < WORKER_PAYS_BYTES) await hashHere(jobs, options);
      else await hashInWorkers(jobs, options, worker);
    },
  };
}

/** Returns sha256 of bytes at hand. */
export function createDigester(): Digester {
  return { sha256: (bytes) => createHash("sha256").update(bytes).digest("hex") };
}

async function hashHere(jobs: readonly HashJob[], options: Options): Promise<void> {
  for (const [index, job] of jobs.entries()) {
    options.onOutcome(index, hashFiles(job, (bytes) => options.onBytes?.(bytes)));
    if (index % JOBS_A_TURN === JOBS_A_TURN - 1) await setImmediate();
  }
}

async function hashInWorkers(
  jobs: readonly HashJob[],
  options: Options,
  worker: URL,
): Promise<void> {
  const queue = [...jobs.entries()].sort(([, a], [, b]) => b.sizeBytes - a.sizeBytes);
  const count = Math.max(1, Math.min(options.concurrency, jobs.length));
  const workers = Array.from(
    { length: count },
    () => new Worker(worker, { workerData: HASH_WORKER }),
  );
  try {
    await Promise.all(workers.map((one) => drain(one, queue, options)));
  } finally {
    await Promise.all(workers.map((one) => one.terminate()));
  }
}

/** Has one worker do jobs of the queue until it is empty. */
function drain(worker: Worker, queue: [number, HashJob][], options: Options): Promise<void> {
  return new Promise((resolve, reject) => {
    let place: number | undefined;
    function next(): void {
      const [index, job] = queue.shift() ?? [];
      place = index;
      if (job === undefined) resolve();
      else worker.postMessage(job);
    }
    worker.on("message", (report: WorkerReport) => {
      if ("bytes" in report) return options.onBytes?.(report.bytes);
      finish(report.outcome);
    });
    worker.on("error", reject);
    worker.on("exit", () => reject(new Error("A hash worker ended before its work was done")));
    function finish(outcome: HashOutcome): void {
      try {
        if (place !== undefined) options.onOutcome(place, outcome);
        next();
      } catch (error) {
        reject(error);
      }
    }
    next();
  });
}

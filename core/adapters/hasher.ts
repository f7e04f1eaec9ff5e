import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Digester, Hasher, HashJob, HashOutcome } from "../ports.ts";
import { hashFiles, type HashTask } from "./hash_files.ts";
import { HASH_WORKER, type WorkerReport } from "./hash_worker.ts";
import { joinOutcomes, splitJob } from "./split_job.ts";

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
  const queue = jobs.flatMap((job, index) => queueTasks(job, index, options));
  queue.sort((a, b) => b.task.sizeBytes - a.task.sizeBytes);
  const workers = Array.from(
    { length: Math.max(1, Math.min(options.concurrency, queue.length)) },
    () => new Worker(worker, { workerData: HASH_WORKER }),
  );
  try {
    await Promise.all(workers.map((one) => drain(one, queue, options)));
  } finally {
    await Promise.all(workers.map((one) => one.terminate()));
  }
}

interface QueuedTask {
  readonly task: HashTask;
  readonly finish: (outcome: HashOutcome) => void;
}

/** The tasks of a job; the last one to finish reports the job. */
function queueTasks(job: HashJob, index: number, options: Options): readonly QueuedTask[] {
  const tasks = splitJob(job);
  for (const source of tasks[0]?.metadata ?? []) {
    if (typeof source !== "string") options.onBytes?.(source.length);
  }
  const outcomes: HashOutcome[] = [];
  let left = tasks.length;
  return tasks.map((task, place) => ({
    task,
    finish(outcome) {
      outcomes[place] = outcome;
      if (--left === 0) options.onOutcome(index, joinOutcomes(outcomes));
    },
  }));
}

/** Has one worker do tasks of the queue until it is empty. */
function drain(worker: Worker, queue: QueuedTask[], options: Options): Promise<void> {
  return new Promise((resolve, reject) => {
    let current: QueuedTask | undefined;
    function next(): void {
      current = queue.shift();
      if (current === undefined) resolve();
      else worker.postMessage(current.task);
    }
    worker.on("message", (report: WorkerReport) => {
      if ("bytes" in report) return options.onBytes?.(report.bytes);
      try {
        current?.finish(report.outcome);
        next();
      } catch (error) {
        reject(error);
      }
    });
    worker.on("error", reject);
    worker.on("exit", () => reject(new Error("A hash worker ended before its work was done")));
    next();
  });
}

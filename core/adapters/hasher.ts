import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Hasher, HashJob, HashOutcome } from "../ports.ts";
import { hashFiles, type HashTask } from "./hash_files.ts";
import { HASH_WORKER, packTasks, unpackOutcomes, type WorkerReport } from "./hash_worker.ts";
import { joinOutcomes, splitJob, toTask } from "./split_job.ts";

type Options = Parameters<Hasher["hash"]>[1];

/** Below these a worker's start takes longer than the reading. */
const WORKER_PAYS_BYTES = 64 * 1024 * 1024;
const WORKER_PAYS_JOBS = 1000;
/** Small tasks go to a worker together: a message costs about as much as reading a tiny file. */
const BATCH_TASKS = 50;
/** A worker gets a second batch ahead of time only while there are so many, so that none idles at the end. */
const AHEAD_BATCHES = 20;
const BATCH_BYTES = 16 * 1024 * 1024;
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
      const workersPay = totalBytes >= WORKER_PAYS_BYTES || jobs.length >= WORKER_PAYS_JOBS;
      if (workersPay) await hashInWorkers(jobs, options, worker);
      else await hashHere(jobs, options);
    },
  };
}

async function hashHere(jobs: readonly HashJob[], options: Options): Promise<void> {
  for (const [index, job] of jobs.entries()) {
    options.onOutcome(index, hashFiles(toTask(job), (bytes) => options.onBytes?.(bytes)));
    if (index % JOBS_A_TURN === JOBS_A_TURN - 1) await setImmediate();
  }
}

async function hashInWorkers(
  jobs: readonly HashJob[],
  options: Options,
  worker: URL,
): Promise<void> {
  const tasks = jobs.flatMap((job, index) => queueTasks(job, index, options));
  const queue = batchTasks(tasks.sort((a, b) => b.task.sizeBytes - a.task.sizeBytes));
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
    if ("bytes" in source) options.onBytes?.(source.bytes.length);
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

/** Big tasks alone, small ones together, in the order in which they come. */
function batchTasks(tasks: readonly QueuedTask[]): QueuedTask[][] {
  const batches: QueuedTask[][] = [];
  let batchBytes = Infinity;
  for (const one of tasks) {
    const batch = batches.at(-1);
    batchBytes += one.task.sizeBytes;
    if (batch !== undefined && batch.length < BATCH_TASKS && batchBytes <= BATCH_BYTES) {
      batch.push(one);
    } else {
      batches.push([one]);
      batchBytes = one.task.sizeBytes;
    }
  }
  return batches;
}

/** Has one worker do batches of the queue until it is empty. */
function drain(worker: Worker, queue: QueuedTask[][], options: Options): Promise<void> {
  return new Promise((resolve, reject) => {
    const underWay: QueuedTask[][] = [];
    function next(): void {
      const batch = queue.shift();
      if (batch !== undefined) {
        underWay.push(batch);
        worker.postMessage(packTasks(batch.map(({ task }) => task)));
      } else if (underWay.length === 0) resolve();
    }
    worker.on("message", (report: WorkerReport) => {
      if ("bytes" in report) return options.onBytes?.(report.bytes);
      try {
        const batch = underWay.shift() ?? [];
        next();
        unpackOutcomes(report.outcomes).forEach((outcome, place) => batch[place]?.finish(outcome));
        if (queue.length === 0 && underWay.length === 0) resolve();
      } catch (error) {
        reject(error);
      }
    });
    worker.on("error", reject);
    worker.on("exit", () => reject(new Error("A hash worker ended before its work was done")));
    next();
    if (queue.length > AHEAD_BATCHES) next();
  });
}

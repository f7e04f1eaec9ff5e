import { Worker } from "node:worker_threads";
import type { IndexResult } from "../core/index_tree.ts";
import { withLock } from "../core/lock.ts";
import type { Locker, Progress } from "../core/ports.ts";
import { INDEX_WORKER, type IndexReport, type IndexWork } from "./index_worker.ts";
import { HttpProblem } from "./problem.ts";

/** What is to be indexed, and how. */
export interface IndexRequest {
  readonly dryRun: boolean;
  readonly rehash: boolean;
  /** Ids or prefixes of the products to look at; all without it. */
  readonly products?: readonly string[];
}

/** Runs one index run to its end. */
export type IndexRunner = (
  request: IndexRequest,
  options: { readonly onProgress: (progress: Progress) => void },
) => Promise<IndexResult>;

/** How long a run waits for that of another process. */
const LOCK_WAIT_MS = 60_000;

/**
 * Returns the runner that indexes in a thread of its own, so that requests are answered meanwhile.
 * The lock is held here: a thread that dies must not leave it shut while this process lives.
 *
 * @param worker the module that is started as an index worker and as a hash worker
 */
export function createIndexRunner(options: {
  readonly worker: URL;
  readonly root: string;
  readonly jobs: number;
  readonly locker: Locker;
  /** Gets what the log is to have of an error that nobody planned. */
  readonly onTrouble: (message: string) => void;
}): IndexRunner {
  const { worker, root, jobs, locker } = options;
  return (request, { onProgress }) => {
    const work: IndexWork = {
      part: INDEX_WORKER,
      worker: worker.href,
      root,
      jobs,
      dryRun: request.dryRun,
      rehash: request.rehash,
      products: request.products,
    };
    const action = () => runWorker(worker, work, { onProgress, onTrouble: options.onTrouble });
    if (request.dryRun) return action();
    return withLock(locker, root, { waitMs: LOCK_WAIT_MS, action });
  };
}

function runWorker(
  module: URL,
  work: IndexWork,
  options: {
    readonly onProgress: (progress: Progress) => void;
    readonly onTrouble: (message: string) => void;
  },
): Promise<IndexResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(module, { workerData: work });
    worker.on("message", (report: IndexReport) => {
      if ("progress" in report) return options.onProgress(report.progress);
      if ("result" in report) resolve(report.result);
      else {
        const { code, message, members, trace } = report.failure;
        if (trace !== undefined) options.onTrouble(trace);
        reject(new HttpProblem(code, message, { members }));
      }
      // It has nothing more to do, but Deno keeps a thread that once had workers of its own. Deno
      // says "exit" within this call, so it comes last.
      void worker.terminate();
    });
    worker.on("error", reject);
    worker.on("exit", () => reject(new Error("An index worker ended before its work was done")));
  });
}

import { Worker } from "node:worker_threads";
import type { Progress } from "../core/ports.ts";
import { HttpProblem } from "./problem.ts";
import type { WorkReport } from "./work_report.ts";

/** Work that goes on in a thread of its own. */
export interface RunningWork<Result> {
  /** Rejects with an `HttpProblem` for what ended it, or with the reason of `end`. */
  readonly finished: Promise<Result>;
  /** Ends it where it is, for this reason; nothing happens when it is over. */
  readonly end: (reason: Error) => void;
}

/** Whom a thread tells what besides its result. */
export interface WorkListeners {
  readonly onProgress?: (progress: Progress) => void;
  /** Gets what the log is to have of an error that nobody planned. */
  readonly onTrouble: (message: string) => void;
}

/**
 * Starts a thread that plays the part of this work and reports by `reportWork`.
 *
 * @param module the module that is started as a worker
 */
export function startWorker<Result>(
  module: URL,
  work: { readonly part: string },
  listeners: WorkListeners,
): RunningWork<Result> {
  const worker = new Worker(module, { workerData: work });
  let end: RunningWork<Result>["end"] = () => {};
  const finished = new Promise<Result>((resolve, reject) => {
    end = (reason) => {
      reject(reason);
      void worker.terminate();
    };
    worker.on("message", (report: WorkReport<Result>) => {
      if ("progress" in report) return listeners.onProgress?.(report.progress);
      if ("result" in report) resolve(report.result);
      else {
        const { code, message, members, trace } = report.failure;
        if (trace !== undefined) listeners.onTrouble(trace);
        reject(new HttpProblem(code, message, { members }));
      }
      // It has nothing more to do, but Deno keeps a thread that once had workers of its own. Deno
      // says "exit" within this call, so it comes last.
      void worker.terminate();
    });
    worker.on("error", reject);
    worker.on("exit", () => reject(new Error(`The ${work.part} ended before its work was done`)));
  });
  return { finished, end };
}

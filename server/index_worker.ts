import { isMainThread, type MessagePort, parentPort, workerData } from "node:worker_threads";
import { createSystemPorts } from "../core/adapters/system.ts";
import { type IndexResult, indexTree } from "../core/index_tree.ts";
import type { Progress } from "../core/ports.ts";
import { parseSelection } from "../core/selection.ts";
import { type ProblemCode, toProblem } from "./problem.ts";

/** What an index worker is started with. */
export interface IndexWork {
  readonly part: typeof INDEX_WORKER;
  /** The module that is started as a hash worker, as an address. */
  readonly worker: string;
  readonly root: string;
  readonly dryRun: boolean;
  readonly rehash: boolean;
  /** Ids or prefixes of the products to look at; all without it. */
  readonly products?: readonly string[];
  readonly jobs: number;
}

/** What an index worker says: how far it is, and then how it ended. */
export type IndexReport =
  | { readonly progress: Progress }
  | { readonly result: IndexResult }
  | { readonly failure: IndexFailure };

/** An error on its way between threads. */
export interface IndexFailure {
  readonly code: ProblemCode;
  readonly message: string;
  readonly members?: Readonly<Record<string, unknown>>;
  /** What the log is to have beside that; only for what nobody planned. */
  readonly trace?: string;
}

/** Tells a file that starts itself as a worker which part it plays. */
export const INDEX_WORKER = "simplestreams index worker";
const PROGRESS_MS = 100;

/** Returns the work and the port to the main thread when this thread is an index worker. */
export function indexWork():
  | { readonly work: IndexWork; readonly port: MessagePort }
  | undefined {
  if (isMainThread || parentPort === null || workerData?.part !== INDEX_WORKER) return undefined;
  return { work: workerData, port: parentPort };
}

/** Indexes as it was told to, reports, and lets the thread end. The main thread holds the lock. */
export async function runIndexWorker(work: IndexWork, port: MessagePort): Promise<void> {
  const report = (message: IndexReport) => port.postMessage(message);
  try {
    const ports = createSystemPorts(new URL(work.worker));
    let reported = 0;
    const { result } = await indexTree(ports, work.root, {
      concurrency: work.jobs,
      write: !work.dryRun,
      useCache: !work.rehash,
      products: work.products && parseSelection(work.products),
      onProgress(progress) {
        const now = performance.now();
        if (now - reported < PROGRESS_MS && progress.bytes < progress.totalBytes) return;
        reported = now;
        report({ progress });
      },
    });
    report({ result });
  } catch (error) {
    const { code, message, extras } = toProblem(error, work.root);
    const trace = code === "INTERNAL" ? traceOf(error) : undefined;
    report({ failure: { code, message, members: extras.members, trace } });
  }
}

function traceOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

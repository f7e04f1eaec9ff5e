import { isMainThread, type MessagePort, parentPort, workerData } from "node:worker_threads";
import { createSystemPorts } from "../core/adapters/system.ts";
import { indexTree } from "../core/index_tree.ts";
import { makeDeltas } from "../core/make_deltas.ts";
import { DELTA_DEFAULTS } from "../core/plan_deltas.ts";
import { parseSelection } from "../core/selection.ts";
import { reportWork } from "./work_report.ts";

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
  readonly streams: readonly string[];
  readonly jobs: number;
  readonly deltas: boolean;
}

/** Tells a file that starts itself as a worker which part it plays. */
export const INDEX_WORKER = "simplestreams index worker";

/** Returns the work and the port to the main thread when this thread is an index worker. */
export function indexWork():
  | { readonly work: IndexWork; readonly port: MessagePort }
  | undefined {
  if (isMainThread || parentPort === null || workerData?.part !== INDEX_WORKER) return undefined;
  return { work: workerData, port: parentPort };
}

/** Indexes as it was told to, reports, and lets the thread end. The main thread holds the lock. */
export async function runIndexWorker(work: IndexWork, port: MessagePort): Promise<void> {
  const { root, worker, jobs, deltas, dryRun, rehash, products, streams } = work;
  await reportWork(port, async (onProgress) => {
    const ports = createSystemPorts(new URL(worker));
    const options = {
      concurrency: jobs,
      write: !dryRun,
      useCache: !rehash,
      streams,
      products: products && parseSelection(products),
      onProgress,
    };
    const { result } = deltas
      ? await makeDeltas(ports, root, { ...options, deltas: DELTA_DEFAULTS })
      : await indexTree(ports, root, options);
    return result;
  }, { root });
}

import type { IndexResult } from "../core/index_tree.ts";
import { withLock } from "../core/lock.ts";
import type { Locker, Progress } from "../core/ports.ts";
import { INDEX_WORKER, type IndexWork } from "./index_worker.ts";
import { startWorker } from "./start_worker.ts";

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
  /** Those that are asked for; those that are published are indexed as well. */
  readonly streams: readonly string[];
  readonly jobs: number;
  /** Whether runs make deltas. */
  readonly deltas: boolean;
  readonly locker: Locker;
  /** Gets what the log is to have of an error that nobody planned. */
  readonly onTrouble: (message: string) => void;
}): IndexRunner {
  const { worker, root, streams, jobs, deltas, locker } = options;
  return (request, { onProgress }) => {
    const work: IndexWork = {
      part: INDEX_WORKER,
      worker: worker.href,
      root,
      streams,
      jobs,
      deltas,
      dryRun: request.dryRun,
      rehash: request.rehash,
      products: request.products,
    };
    const listeners = { onProgress, onTrouble: options.onTrouble };
    const action = () => startWorker<IndexResult>(worker, work, listeners).finished;
    if (request.dryRun) return action();
    return withLock(locker, root, { waitMs: LOCK_WAIT_MS, action });
  };
}

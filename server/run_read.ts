import type { ShownImages } from "../core/show_images.ts";
import type { VerifyResult } from "../core/verify_tree.ts";
import { createOneAtATime } from "./access/one_at_a_time.ts";
import { findingsWithoutRoot, HttpProblem } from "./problem.ts";
import { READ_WORKER, type ReadTask, type ReadWork } from "./read_worker.ts";
import { type RunningWork, startWorker } from "./start_worker.ts";

/** Starts holding the documents against the files. */
export type VerifyStarter = (options: { readonly fast: boolean }) => RunningWork<VerifyResult>;

/** Returns all that is known of what is published under a name. */
export type Shower = (name: string) => Promise<ShownImages>;

/** What reads the tree for an answer. */
export interface TreeReaders {
  readonly startVerify: VerifyStarter;
  readonly show: Shower;
}

/** How many may wait to be shown something, as anybody may ask for it. */
const MAX_SHOWS = 20;

/**
 * Returns what reads the tree in threads of its own, so that requests are answered meanwhile.
 *
 * @param options `worker`: the module that is started as a read worker and as a hash worker
 */
export function createTreeReaders(options: {
  readonly worker: URL;
  readonly root: string;
  readonly jobs: number;
  /** Gets what the log is to have of an error that nobody planned. */
  readonly onTrouble: (message: string) => void;
}): TreeReaders {
  const { worker, root, jobs, onTrouble } = options;
  const shows = createOneAtATime(MAX_SHOWS);

  function start<Result>(task: ReadTask): RunningWork<Result> {
    const work: ReadWork = { part: READ_WORKER, worker: worker.href, root, jobs, task };
    return startWorker<Result>(worker, work, { onTrouble });
  }

  function withoutItsRoot(shown: ShownImages): ShownImages {
    return { ...shown, findings: findingsWithoutRoot(shown.findings, root) };
  }

  return {
    startVerify: ({ fast }) => start<VerifyResult>({ what: "verify", fast }),
    show(name) {
      const shown = shows.run(() => start<ShownImages>({ what: "show", name }).finished);
      if (shown !== undefined) return shown.then(withoutItsRoot);
      throw new HttpProblem(
        "TOO_MANY_REQUESTS",
        `Cannot show the image: ${MAX_SHOWS} others wait for their turn, expected fewer; try ` +
          "again in some seconds",
        { headers: { "Retry-After": "5" } },
      );
    },
  };
}

import type { Clock } from "../core/ports.ts";
import type { VerifyResult } from "../core/verify_tree.ts";
import { HttpProblem } from "./problem.ts";
import type { VerifyStarter } from "./run_read.ts";
import type { RunningWork } from "./start_worker.ts";

/** What came of holding the documents against the files. */
export interface VerifyRun {
  readonly fast: boolean;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly result: VerifyResult;
}

/** All of this server's verifying: of each kind, with and without reading files, one at a time. */
export interface VerifyRuns {
  /**
   * Verifies. Those who ask while one of the kind is under way share what comes of it.
   * @throws {HttpProblem} `NOT_READY` once it is stopped; those who wait then get the same
   */
  verify(options: { readonly fast: boolean }): Promise<VerifyRun>;
  /** Takes no more and ends what is under way: nothing is lost but an answer. */
  stop(): void;
}

const STOPPING =
  "Cannot verify: the server is about to stop, expected it to go on; try again later";

/** Returns the verifying of a server, none under way. */
export function createVerifyRuns(options: {
  readonly clock: Pick<Clock, "now">;
  readonly startVerify: VerifyStarter;
  readonly onFinished: (run: VerifyRun) => void;
}): VerifyRuns {
  const { clock, startVerify, onFinished } = options;
  const underWay = new Map<boolean, {
    readonly work: RunningWork<VerifyResult>;
    readonly run: Promise<VerifyRun>;
  }>();
  let isStopped = false;

  async function follow(
    work: RunningWork<VerifyResult>,
    { fast }: { readonly fast: boolean },
  ): Promise<VerifyRun> {
    const startedAt = clock.now();
    try {
      const run = { fast, startedAt, result: await work.finished, finishedAt: clock.now() };
      onFinished(run);
      return run;
    } finally {
      underWay.delete(fast);
    }
  }

  return {
    async verify(asked) {
      if (isStopped) throw new HttpProblem("NOT_READY", STOPPING);
      const known = underWay.get(asked.fast);
      if (known !== undefined) return await known.run;
      const work = startVerify(asked);
      const run = follow(work, asked);
      underWay.set(asked.fast, { work, run });
      return await run;
    },
    stop() {
      isStopped = true;
      for (const { work } of underWay.values()) work.end(new HttpProblem("NOT_READY", STOPPING));
    },
  };
}

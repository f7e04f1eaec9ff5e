import { withLock } from "../core/lock.ts";
import type { Locker } from "../core/ports.ts";
import type { WithdrawResult } from "../core/withdraw.ts";
import { startWorker } from "./start_worker.ts";
import { WITHDRAW_WORKER, type WithdrawTask, type WithdrawWork } from "./withdraw_worker.ts";

/** Takes versions and images out of the documents, and removes what has been out for long enough. */
export type Withdrawer = (task: WithdrawTask) => Promise<WithdrawResult>;

/** How long it waits for an index run, of this process or another. */
const LOCK_WAIT_MS = 60_000;

/**
 * Returns what withdraws in a thread of its own, so that requests are answered meanwhile. The lock is
 * held here: a thread that dies must not leave it shut while this process lives.
 *
 * @param options `worker`: the module that is started as a withdraw worker
 */
export function createWithdrawer(options: {
  readonly worker: URL;
  readonly root: string;
  readonly locker: Locker;
  /** Gets what the log is to have of an error that nobody planned. */
  readonly onTrouble: (message: string) => void;
}): Withdrawer {
  const { worker, root, locker, onTrouble } = options;
  return (task) => {
    const work: WithdrawWork = { part: WITHDRAW_WORKER, worker: worker.href, root, task };
    const action = () => startWorker<WithdrawResult>(worker, work, { onTrouble }).finished;
    return task.write ? withLock(locker, root, { waitMs: LOCK_WAIT_MS, action }) : action();
  };
}

import { isMainThread, type MessagePort, parentPort, workerData } from "node:worker_threads";
import { createSystemPorts } from "../core/adapters/system.ts";
import { type PruneOptions, pruneTree } from "../core/prune_tree.ts";
import { removeImages, type RemoveOptions } from "../core/remove_images.ts";
import { reportWork } from "./work_report.ts";

/** What is to leave the documents. */
export type WithdrawTask =
  | ({ readonly what: "prune" } & PruneOptions)
  | ({ readonly what: "remove" } & RemoveOptions);

/** What a withdraw worker is started with. */
export interface WithdrawWork {
  readonly part: typeof WITHDRAW_WORKER;
  /** The module that workers are started from, as an address. */
  readonly worker: string;
  readonly root: string;
  readonly task: WithdrawTask;
}

/** Tells a file that starts itself as a worker which part it plays. */
export const WITHDRAW_WORKER = "simplestreams withdraw worker";

/** Returns the work and the port to the main thread when this thread is a withdraw worker. */
export function withdrawWork():
  | { readonly work: WithdrawWork; readonly port: MessagePort }
  | undefined {
  if (isMainThread || parentPort === null || workerData?.part !== WITHDRAW_WORKER) return undefined;
  return { work: workerData, port: parentPort };
}

/** Prunes or removes as it was told to, reports, and lets the thread end. The main thread holds the lock. */
export async function runWithdrawWorker(work: WithdrawWork, port: MessagePort): Promise<void> {
  const { root, task } = work;
  await reportWork(port, async () => {
    const ports = createSystemPorts(new URL(work.worker));
    return task.what === "prune"
      ? await pruneTree(ports, root, task)
      : await removeImages(ports, root, task);
  }, { root });
}

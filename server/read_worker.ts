import { isMainThread, type MessagePort, parentPort, workerData } from "node:worker_threads";
import { createSystemPorts } from "../core/adapters/system.ts";
import { verifyTree } from "../core/verify_tree.ts";
import { showPublished } from "./show_published.ts";
import { reportWork } from "./work_report.ts";

/** What is to be read. */
export type ReadTask =
  | { readonly what: "verify"; readonly fast: boolean }
  | { readonly what: "show"; readonly name: string };

/** What a read worker is started with. */
export interface ReadWork {
  readonly part: typeof READ_WORKER;
  /** The module that is started as a hash worker, as an address. */
  readonly worker: string;
  readonly root: string;
  readonly jobs: number;
  readonly task: ReadTask;
}

/** Tells a file that starts itself as a worker which part it plays. */
export const READ_WORKER = "simplestreams read worker";

/** Returns the work and the port to the main thread when this thread is a read worker. */
export function readWork():
  | { readonly work: ReadWork; readonly port: MessagePort }
  | undefined {
  if (isMainThread || parentPort === null || workerData?.part !== READ_WORKER) return undefined;
  return { work: workerData, port: parentPort };
}

/** Reads what it was told to, reports, and lets the thread end. Nothing is written. */
export async function runReadWorker(work: ReadWork, port: MessagePort): Promise<void> {
  const { root, task, jobs: concurrency } = work;
  await reportWork(port, async () => {
    const ports = createSystemPorts(new URL(work.worker));
    return task.what === "show"
      ? await showPublished(ports, root, task.name)
      : await verifyTree(ports, root, { concurrency, fast: task.fast });
  }, { root });
}

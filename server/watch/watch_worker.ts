import { isMainThread, type MessagePort, parentPort, workerData } from "node:worker_threads";
import { createSystemPorts } from "../../core/adapters/system.ts";
import { changedProducts } from "./changed_products.ts";
import type { ProductsToIndex } from "./plan_run.ts";
import { createSettling, LOOK_MS } from "./settle.ts";
import { createSettlingTree } from "./settling_tree.ts";
import { watchFolders } from "./watch_folders.ts";
import { describeTrouble } from "./watch_trouble.ts";

/** What a watch worker is started with. */
export interface WatchWork {
  readonly part: typeof WATCH_WORKER;
  /** The module that workers are started from, as an address. */
  readonly worker: string;
  /** An absolute path. */
  readonly root: string;
  /** The folders of the root that are watched. */
  readonly streams: readonly string[];
}

/** What a watch worker says. */
export type WatchReport =
  | { readonly ready: true }
  | { readonly products: ProductsToIndex }
  | { readonly trouble: string }
  /** Events are missing; a new thread is needed. */
  | { readonly blind: true }
  | { readonly stopped: true };

/** Tells a file that starts itself as a worker which part it plays. */
export const WATCH_WORKER = "simplestreams watch worker";
/** What the main thread says to have the worker stop. */
export const STOP_WATCHING = "stop";

/** Returns the work and the port to the main thread when this thread is a watch worker. */
export function watchWork():
  | { readonly work: WatchWork; readonly port: MessagePort }
  | undefined {
  if (isMainThread || parentPort === null || workerData?.part !== WATCH_WORKER) return undefined;
  return { work: workerData, port: parentPort };
}

/** Watches, and reports what is to be indexed, until it is told to stop. */
export function runWatchWorker({ root, streams, worker }: WatchWork, port: MessagePort): void {
  const report = (message: WatchReport) => port.postMessage(message);
  const { reader } = createSystemPorts(new URL(worker));
  const settling = createSettling(createSettlingTree(reader, root, streams));
  const troubles = new Set<string>();
  const folders = watchFolders(reader, { root, streams }, {
    onEvent(event) {
      const change = changedProducts(event, streams);
      if (change !== undefined) settling.touch(change);
    },
    onReady() {
      report({ ready: true });
      // What happened before the watch was there.
      settling.touch({ selector: "" });
    },
    onBlind: () => report({ blind: true }),
    onError(error) {
      const trouble = describeTrouble(error, root);
      if (troubles.has(trouble)) return;
      troubles.add(trouble);
      report({ trouble });
    },
  });
  const timer = setInterval(() => {
    folders.look();
    const products = settling.look(performance.now());
    if (products !== undefined) report({ products });
  }, LOOK_MS);
  port.on("message", async (message) => {
    if (message !== STOP_WATCHING) return;
    clearInterval(timer);
    await folders.close();
    // The main thread ends this one now.
    report({ stopped: true });
  });
}

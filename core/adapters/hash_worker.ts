import { isMainThread, type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { HashOutcome } from "../ports.ts";
import { hashFiles, type HashTask } from "./hash_files.ts";

/** What a worker is started with, so that a file that starts itself knows which part it plays. */
export const HASH_WORKER = "simplestreams hash worker";

/** What a worker says: bytes that it read, or what came of the task that it was sent. */
export type WorkerReport = { readonly bytes: number } | { readonly outcome: HashOutcome };

/** Returns the port to the main thread when this thread is a hash worker. */
export function hashWorkerPort(): MessagePort | undefined {
  return !isMainThread && workerData === HASH_WORKER && parentPort !== null
    ? parentPort
    : undefined;
}

/** Digests the tasks that come in, one after the other, and reports each. */
export function runHashWorker(port: MessagePort): void {
  port.on("message", (task: HashTask) => {
    const report = (message: WorkerReport) => port.postMessage(message);
    const outcome = hashFiles(task, (bytes) => report({ bytes }));
    report({ outcome });
  });
}

const port = hashWorkerPort();
if (port !== undefined) runHashWorker(port);

import { isMainThread, type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { HashOutcome } from "../ports.ts";
import { hashFiles, type HashTask, REPORT_BYTES } from "./hash_files.ts";

/** What a worker is started with, so that a file that starts itself knows which part it plays. */
export const HASH_WORKER = "simplestreams hash worker";

/** What a worker says: bytes that it read, or what came of the tasks that it was sent, in their order. */
export type WorkerReport =
  | { readonly bytes: number }
  | { readonly outcomes: string };

/**
 * Tasks as they go to a worker: as JSON where they can, which is several times faster to send than
 * objects; as they are where metadata goes along as bytes.
 */
export type PackedTasks = string | readonly HashTask[];

/** Returns tasks ready to be sent. */
export function packTasks(tasks: readonly HashTask[]): PackedTasks {
  const hasBytes = tasks.some(({ metadata }) => metadata.some((source) => "bytes" in source));
  return hasBytes ? tasks : JSON.stringify(tasks);
}

/** Returns what a worker reported. */
export function unpackOutcomes(outcomes: string): readonly HashOutcome[] {
  return JSON.parse(outcomes);
}

/** Returns the port to the main thread when this thread is a hash worker. */
export function hashWorkerPort(): MessagePort | undefined {
  return !isMainThread && workerData === HASH_WORKER && parentPort !== null
    ? parentPort
    : undefined;
}

/** Does the tasks that come in, several in one message, and reports each message's. */
export function runHashWorker(port: MessagePort): void {
  port.on("message", (packed: PackedTasks) => {
    const tasks: readonly HashTask[] = typeof packed === "string" ? JSON.parse(packed) : packed;
    const report = (message: WorkerReport) => port.postMessage(message);
    let unreported = 0;
    const outcomes = tasks.map((task) =>
      hashFiles(task, (bytes) => {
        unreported += bytes;
        if (unreported < REPORT_BYTES) return;
        report({ bytes: unreported });
        unreported = 0;
      })
    );
    if (unreported > 0) report({ bytes: unreported });
    report({ outcomes: JSON.stringify(outcomes) });
  });
}

const port = hashWorkerPort();
if (port !== undefined) runHashWorker(port);

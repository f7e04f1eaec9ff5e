import { setPriority } from "node:os";
import { indexWork, runIndexWorker } from "./index_worker.ts";
import { readWork, runReadWorker } from "./read_worker.ts";
import { runWatchWorker, watchWork } from "./watch/watch_worker.ts";
import { runWithdrawWorker, withdrawWork } from "./withdraw_worker.ts";

const NICE = 10;

/** Plays the part that this thread was started for. */
export async function runWorkerPart(): Promise<void> {
  yieldToRequests();
  const index = indexWork();
  if (index !== undefined) return await runIndexWorker(index.work, index.port);
  const read = readWork();
  if (read !== undefined) return await runReadWorker(read.work, read.port);
  const withdraw = withdrawWork();
  if (withdraw !== undefined) return await runWithdrawWorker(withdraw.work, withdraw.port);
  const watch = watchWork();
  if (watch !== undefined) return runWatchWorker(watch.work, watch.port);
  // Runs when it is loaded in a thread that was started for it.
  await import("../core/adapters/hash_worker.ts");
}

/**
 * Lets the thread that answers requests have a core whenever it needs one: on Linux a priority is a
 * thread's own. With all cores hashing, one in a hundred small answers took 70 ms else.
 */
function yieldToRequests(): void {
  try {
    setPriority(0, NICE);
  } catch {
    // It works all the same, and answers take longer meanwhile.
  }
}

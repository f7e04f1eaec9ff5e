import { indexWork, runIndexWorker } from "./index_worker.ts";
import { runWatchWorker, watchWork } from "./watch/watch_worker.ts";

/** Plays the part that this thread was started for. */
export async function runWorkerPart(): Promise<void> {
  const index = indexWork();
  if (index !== undefined) return await runIndexWorker(index.work, index.port);
  const watch = watchWork();
  if (watch !== undefined) return runWatchWorker(watch.work, watch.port);
  // Runs when it is loaded in a thread that was started for it.
  await import("../core/adapters/hash_worker.ts");
}

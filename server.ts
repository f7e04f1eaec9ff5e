import { isMainThread } from "node:worker_threads";

// This file starts itself again for the work that must not keep requests waiting: index runs and the
// hashing within them, what reads or prunes the tree for an answer, and the watching; so all of the
// service can be a single file.
if (isMainThread) {
  const { main } = await import("./server/main.ts");
  await main(process.argv.slice(2), { worker: new URL(import.meta.url) });
} else {
  const { runWorkerPart } = await import("./server/worker_part.ts");
  await runWorkerPart();
}

import { isMainThread } from "node:worker_threads";

// This file starts itself again as a hash worker (core/adapters/hash_worker.ts runs when it is loaded
// in one), so that all of the tool can be a single file. `import.meta.main` is unknown to Node 20.
if (isMainThread) {
  const { main } = await import("./cli/main.ts");
  await main(process.argv.slice(2), { worker: new URL(import.meta.url) });
} else {
  await import("./core/adapters/hash_worker.ts");
}

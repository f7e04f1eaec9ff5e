import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread } from "node:worker_threads";
import { watchTree } from "../../../server/watch/watch_tree.ts";
import { runWatchWorker, watchWork } from "../../../server/watch/watch_worker.ts";

// The watch worker as a module of its own; as a program it watches a tree for a moment, and ends.
const watch = watchWork();
if (watch !== undefined) runWatchWorker(watch.work, watch.port);
else if (isMainThread) {
  watchTree({
    worker: new URL(import.meta.url),
    root: process.argv[2] ?? "",
    streams: ["images"],
    rescanMs: 60_000,
    onProducts() {},
    onTrouble: (message) => console.log(message),
    onReady: () => console.log("ready"),
  });
  await sleep(2000);
}

import { runWatchWorker, watchWork } from "../../../server/watch/watch_worker.ts";

// The watch worker as a module of its own, which the service's single file is too.
const watch = watchWork();
if (watch !== undefined) runWatchWorker(watch.work, watch.port);

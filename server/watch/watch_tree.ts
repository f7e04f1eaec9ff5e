import { resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { printable } from "../../core/format/text.ts";
import { STOP_WATCHING, WATCH_WORKER, type WatchReport, type WatchWork } from "./watch_worker.ts";

/** What watching a tree needs. */
export interface WatchTreeOptions {
  /** The module that is started as a watch worker. */
  readonly worker: URL;
  readonly root: string;
  /** The folders of the root that are watched. */
  readonly streams: readonly string[];
  /** Milliseconds between two full passes. */
  readonly rescanMs: number;
  /** Told which products changed, as selectors; undefined for all. */
  readonly onProducts: (
    products: readonly string[] | undefined,
    trigger: "rescan" | "watch",
  ) => void;
  readonly onTrouble: (message: string) => void;
  /** Told each time that a watch has begun; a full pass is asked for soon after. */
  readonly onReady: () => void;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const STOP_LIMIT_MS = 2000;

/**
 * Watches a tree in a thread of its own, which is started again when it ends, and asks for a full
 * pass every so often: events that are lost do no harm. The process may end meanwhile.
 */
export function watchTree(options: WatchTreeOptions): { stop(): Promise<void> } {
  const { onProducts, onTrouble, onReady } = options;
  const work: WatchWork = {
    part: WATCH_WORKER,
    worker: options.worker.href,
    root: resolve(options.root),
    streams: options.streams,
  };
  let thread: Worker | undefined;
  let restart: NodeJS.Timeout | undefined;
  let pauseMs = FIRST_PAUSE_MS;
  let startedMs = 0;
  let isStopped = false;

  function start(): void {
    startedMs = performance.now();
    const worker = new Worker(options.worker, { workerData: work });
    thread = worker;
    worker.on("message", (report: WatchReport) => {
      if (isStopped || worker !== thread) return;
      if ("ready" in report) onReady();
      else if ("trouble" in report) onTrouble(report.trouble);
      else if ("blind" in report) startAgain(worker);
      else if ("products" in report) {
        onProducts(report.products === "all" ? undefined : report.products, "watch");
      }
    });
    worker.on("error", (error) => startAgain(worker, String(error)));
    worker.on("exit", () => startAgain(worker, "its thread ended"));
    // Only now: in Node a listener would hold the process again.
    worker.unref();
  }

  function startAgain(worker: Worker, trouble?: string): void {
    if (isStopped || worker !== thread) return;
    thread = undefined;
    void worker.terminate();
    // What ends a thread that has worked for long is not what ended those before.
    if (performance.now() - startedMs > LONGEST_PAUSE_MS) pauseMs = FIRST_PAUSE_MS;
    if (trouble !== undefined) {
      const again = `the watch starts again in ${pauseMs / 1000} s and looks at everything`;
      onTrouble(`Cannot watch "${printable(work.root)}": ${printable(trouble)}; ${again}`);
    }
    restart = setTimeout(start, pauseMs);
    restart.unref();
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }

  start();
  const rescan = setInterval(() => onProducts(undefined, "rescan"), options.rescanMs);
  rescan.unref();
  return {
    async stop() {
      isStopped = true;
      clearInterval(rescan);
      clearTimeout(restart);
      if (thread !== undefined) await stopThread(thread);
    },
  };
}

/** Has a thread close what it watches, and ends it; without that after a while. */
async function stopThread(worker: Worker): Promise<void> {
  worker.ref();
  await new Promise<void>((done) => {
    const limit = setTimeout(done, STOP_LIMIT_MS);
    const finish = () => {
      clearTimeout(limit);
      done();
    };
    worker.on("message", (report: WatchReport) => "stopped" in report && finish());
    worker.on("exit", finish);
    worker.postMessage(STOP_WATCHING);
  });
  await worker.terminate();
}

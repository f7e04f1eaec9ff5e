import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createSystemPorts } from "../core/adapters/system.ts";
import { errorCodeOf } from "../core/errors.ts";
import { findStreams } from "../core/find_streams.ts";
import { requireRoot } from "../core/index_tree.ts";
import { createAccessRules } from "./access_rules.ts";
import { createApp } from "./app.ts";
import { describeExposure, refuseExposure } from "./exposure.ts";
import { createImageLists } from "./image_lists.ts";
import { createLineWriter } from "./line_writer.ts";
import { listen } from "./listen.ts";
import { formatListen } from "./listen_address.ts";
import { createLog, type Log } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { parseServerOptions, type ServerOptions } from "./options.ts";
import { createPublishedState } from "./published_state.ts";
import { createReindexRuns } from "./reindex_runs.ts";
import { createIndexRunner } from "./run_index.ts";
import { createWithdrawer } from "./run_withdraw.ts";
import { createTreeReaders } from "./run_read.ts";
import { logRun } from "./log_run.ts";
import { logVerify } from "./log_verify.ts";
import { nextSignal, settleWithin } from "./signals.ts";
import { openTls } from "./tls/open_tls.ts";
import { createTree } from "./tree/tree.ts";
import { createVerifyRuns } from "./verify_runs.ts";
import { watchTree } from "./watch/watch_tree.ts";

/** How long answers and runs that are under way may take when the server is told to stop. */
const STOP_MS = 30_000;

/** Runs the service until a signal ends it, and sets the process's exit status. */
export async function main(
  args: readonly string[],
  { worker }: { readonly worker: URL },
): Promise<void> {
  const parsed = parseServerOptions(args, process.env);
  if ("exit" in parsed) {
    process.stdout.write(parsed.stdout);
    process.stderr.write(parsed.stderr);
    process.exitCode = parsed.exit;
    return;
  }
  const { options, warnings } = parsed;
  const writer = createLineWriter(process.stderr);
  const log = createLog({ format: options.log, now: () => new Date(), write: writer.write });
  for (const warning of [...warnings, ...describeExposure(options)]) log.say("warning", warning);
  let status = 0;
  try {
    await serve(options, { worker, log });
  } catch (error) {
    const isPlanned = errorCodeOf(error) !== undefined && error instanceof Error;
    log.say("error", isPlanned ? error.message : trace(error));
    status = 1;
  }
  await writer.flush();
  // What did not end in time, such as an index run in its thread, ends here.
  process.exit(status);
}

async function serve(
  options: ServerOptions,
  { worker, log }: { readonly worker: URL; readonly log: Log },
): Promise<void> {
  const { root } = options;
  refuseExposure(options);
  const ports = createSystemPorts(worker);
  const { reader, clock } = ports;
  requireRoot(reader, root);
  const streams = findStreams(reader, root, options.stream);
  const warn = (message: string) => log.say("warning", message);
  const fail = (message: string) => log.say("error", message);
  const access = createAccessRules({ clock, sleep, onTrouble: warn }, options);
  const tls = await openTls(options, { clock, say: (text) => log.say("info", text) });

  const published = createPublishedState({ root, reader, clock, onTrouble: fail });
  const metrics = createMetrics(published.facts);
  const jobs = options.jobs ?? ports.cores;
  const runs = createReindexRuns({
    root,
    clock,
    runIndex: createIndexRunner({
      ...{ worker, root, streams: options.stream ?? [], jobs, deltas: options.deltas ?? false },
      ...{ locker: ports.locker, onTrouble: fail },
    }),
    newId: randomUUID,
    onTrouble: (error) => fail(trace(error)),
    onFinished(run) {
      if (run.result?.written) published.learnCounts(run.result.counts);
      metrics.countRun(run);
      logRun(log, run);
    },
  });
  const { startVerify, show } = createTreeReaders({ worker, root, jobs, onTrouble: fail });
  const verifyRuns = createVerifyRuns({
    ...{ clock, startVerify },
    onFinished: (run) => logVerify(log, run),
  });
  const followSymlinks = options.followSymlinks ?? false;
  const tree = createTree({
    ...{ root, reader, streams, followSymlinks },
    findItem: (path) => published.usableCatalog()?.item(path),
    documentTime: published.documentTime,
    onMissing: (path) => fail(`"${path}" stands in the document and is not there`),
    onTrouble: fail,
  });
  const app = createApp({
    ...{ root, reader, ports, log, metrics, published, runs, verifyRuns, show, access, tree },
    images: createImageLists(published, clock),
    withdraw: createWithdrawer({ worker, root, locker: ports.locker, onTrouble: fail }),
    streams,
    followLinks: followSymlinks,
    newId: randomUUID,
  });
  const signal = nextSignal();
  const listening = await listen(app.fetch, { listen: options.listen, tls: tls?.pair });
  const stopTls = tls?.watch(listening.server, { onTrouble: warn });
  const stopWatch = options.watch
    ? watchTree({
      ...{ worker, root, streams, rescanMs: options.rescan, onTrouble: warn },
      onReady: () => log.say("info", `watching ${streams.map((name) => `${name}/`).join(", ")}`),
      onProducts(products, trigger) {
        runs.submit({ dryRun: false, rehash: false, products }, trigger);
      },
    }).stop
    : undefined;
  // A watch asks for a full pass of its own as soon as it sees everything.
  if (options.reindexOnStart) runs.submit({ dryRun: false, rehash: false }, "start");
  const scheme = tls === undefined ? "http" : "https";
  const { host, port } = listening.address;
  const place = formatListen({ host: host === "" ? "0.0.0.0" : host, port });
  process.stdout.write(`simplestreams: serving ${root} at ${scheme}://${place}\n`);

  log.say("info", `${await signal}: stopping`);
  stopTls?.();
  verifyRuns.stop();
  await settleWithin(STOP_MS, [stopWatch?.(), runs.stop(), listening.stop(STOP_MS)]);
  log.say("info", "stopped");
}

function trace(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

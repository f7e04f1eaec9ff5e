import { randomUUID } from "node:crypto";
import type { TestContext } from "node:test";
import { createSystemPorts } from "../../../core/adapters/system.ts";
import { indexTree } from "../../../core/index_tree.ts";
import { withLock } from "../../../core/lock.ts";
import { pruneTree } from "../../../core/prune_tree.ts";
import { removeImages } from "../../../core/remove_images.ts";
import { parseSelection } from "../../../core/selection.ts";
import { verifyTree } from "../../../core/verify_tree.ts";
import { createApp } from "../../../server/app.ts";
import { type AccessRules, createAccessRules } from "../../../server/access_rules.ts";
import { createImageLists } from "../../../server/image_lists.ts";
import { createLog } from "../../../server/log.ts";
import { createMetrics } from "../../../server/metrics.ts";
import { createPublishedState } from "../../../server/published_state.ts";
import { createReindexRuns, type ReindexRun } from "../../../server/reindex_runs.ts";
import type { IndexRunner } from "../../../server/run_index.ts";
import type { VerifyStarter } from "../../../server/run_read.ts";
import { showPublished } from "../../../server/show_published.ts";
import { createTree } from "../../../server/tree/tree.ts";
import { createVerifyRuns } from "../../../server/verify_runs.ts";
import { makeTempDirectory } from "../../support/temp_directory.ts";
import { workerUrl } from "../../support/worker.ts";

/** A whole service without a socket, on a real tree; index runs happen in this thread. */
export interface TestService {
  readonly root: string;
  /** Calls the service as `fetch` would; a path is enough. */
  readonly request: (path: string, init?: RequestInit) => Promise<Response>;
  /** The same, and the answer as data. */
  readonly json: (path: string, init?: RequestInit) => Promise<Answer>;
  /** Lines of the log so far, as JSON says them. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  readonly runs: readonly ReindexRun[];
  readonly runIndex: IndexRunner;
  /** What is answered, middleware included, which is for the method "ALL". */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
}

/** An answer whose body was read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // deno-lint-ignore no-explicit-any -- what tests look into has the shape that they assert
  readonly body: any;
}

/** Starts a service for one test; what is not given is as `simplestreams-server ROOT` has it. */
export function startService(
  test: TestContext,
  options: {
    readonly tokenFile?: string;
    readonly readAuth?: string;
    readonly protectReads?: boolean;
    readonly root?: string;
    /** Stands between the queue of runs and the index use case. */
    readonly aroundIndex?: (runIndex: IndexRunner) => IndexRunner;
    readonly access?: AccessRules;
    readonly startVerify?: VerifyStarter;
  } = {},
): TestService {
  const root = options.root ?? makeTempDirectory(test);
  const ports = createSystemPorts(workerUrl());
  const { reader, clock, locker } = ports;
  const log: Readonly<Record<string, unknown>>[] = [];
  const finished: ReindexRun[] = [];
  const sink = createLog({
    format: "json",
    now: clock.now,
    write: (line) => void log.push(JSON.parse(line)),
  });
  const onTrouble = (message: string) => sink.say("error", message);
  const published = createPublishedState({ root, reader, clock, onTrouble });
  const metrics = createMetrics(published.facts);
  const inThread: IndexRunner = (request, { onProgress }) => {
    const action = async () => {
      const products = request.products && parseSelection(request.products);
      const { result } = await indexTree(ports, root, {
        ...{ concurrency: 1, onProgress, products },
        write: !request.dryRun,
        useCache: !request.rehash,
      });
      return result;
    };
    return request.dryRun ? action() : withLock(locker, root, { waitMs: 0, action });
  };
  const runIndex = options.aroundIndex?.(inThread) ?? inThread;
  const runs = createReindexRuns({
    ...{ root, clock, runIndex, newId: randomUUID },
    onTrouble: (error) => onTrouble(String(error)),
    onFinished(run) {
      metrics.countRun(run);
      finished.push(run);
    },
  });
  const verifyRuns = createVerifyRuns({
    clock,
    startVerify: options.startVerify ?? (({ fast }) => ({
      finished: verifyTree(ports, root, { concurrency: 1, fast }),
      end() {},
    })),
    onFinished() {},
  });
  const access = options.access ?? createAccessRules(
    { clock, onTrouble, sleep: () => Promise.resolve() },
    { listen: { host: "127.0.0.1", port: 8080 }, ...options },
  );
  const streams = ["images"];
  const tree = createTree({
    ...{ root, reader, streams, followSymlinks: false, onTrouble },
    findItem: (path) => published.usableCatalog()?.item(path),
    documentTime: published.documentTime,
    onMissing: (path) => onTrouble(`missing: ${path}`),
  });
  const app = createApp({
    ...{ root, reader, ports, log: sink, metrics, published, runs, verifyRuns, access, tree },
    images: createImageLists(published, clock),
    withdraw(task) {
      const action = () =>
        task.what === "prune" ? pruneTree(ports, root, task) : removeImages(ports, root, task);
      return task.write ? withLock(locker, root, { waitMs: 0, action }) : action();
    },
    show: (name) => showPublished(ports, root, name),
    streams,
    followLinks: false,
    newId: randomUUID,
  });
  const request = async (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has("Host")) headers.set("Host", "127.0.0.1:8080");
    return await app.request(`http://127.0.0.1:8080${path}`, { ...init, headers });
  };
  return {
    ...{ root, request, log, runs: finished, runIndex, routes: app.routes },
    async json(path, init) {
      const response = await request(path, init);
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text === "" ? undefined : JSON.parse(text),
      };
    },
  };
}

/** Returns the init of a request with a JSON body. */
export function sending(method: string, body: unknown, headers: HeadersInit = {}): RequestInit {
  const all = new Headers(headers);
  if (!all.has("Content-Type")) all.set("Content-Type", "application/json");
  return { method, body: typeof body === "string" ? body : JSON.stringify(body), headers: all };
}

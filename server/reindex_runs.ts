import type { IndexResult } from "../core/index_tree.ts";
import type { Clock, Progress } from "../core/ports.ts";
import { HttpProblem, type ProblemBody, problemBody, toProblem } from "./problem.ts";
import type { IndexRequest, IndexRunner } from "./run_index.ts";

/** Who asked for a run first. */
export type RunTrigger = "api" | "requirements" | "rescan" | "start" | "watch";

/** A run as it stands. */
export interface ReindexRun {
  readonly id: string;
  readonly state: "queued" | "running" | "done" | "failed";
  readonly trigger: RunTrigger;
  /** What all who asked for it want, taken together. */
  readonly request: IndexRequest;
  readonly queuedAt: Date;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  readonly progress?: Progress;
  readonly result?: IndexResult;
  readonly problem?: ProblemBody;
  /** What nobody planned and ended the run; for the log alone. */
  readonly cause?: Error;
}

/** All index runs of this server: one at a time, and one that waits. */
export interface ReindexRuns {
  /**
   * Asks for a run. While one runs, all who ask join the one that comes next: it looks at what any of
   * them wants, writes if any of them does, and reads everything again if any of them says so.
   */
  submit(request: IndexRequest, trigger: RunTrigger): {
    readonly id: string;
    /** Resolves when the run is over, however it ended. */
    readonly finished: Promise<ReindexRun>;
  };
  find(id: string): ReindexRun | undefined;
  /** The newest first. */
  list(): readonly ReindexRun[];
  /** Takes no more requests and resolves when nothing runs. */
  stop(): Promise<void>;
}

/** How many runs are remembered. */
const REMEMBERED = 100;
const STOPPING = "Cannot index: the server is about to stop, expected it to go on; try again later";

interface Waiting {
  readonly id: string;
  readonly finished: Promise<ReindexRun>;
  readonly finish: (run: ReindexRun) => void;
}

/** Returns the queue of index runs. */
export function createReindexRuns(options: {
  readonly root: string;
  readonly clock: Clock;
  readonly runIndex: IndexRunner;
  readonly newId: () => string;
  readonly onFinished: (run: ReindexRun) => void;
  /** Gets errors that nobody planned. */
  readonly onTrouble: (error: unknown) => void;
}): ReindexRuns {
  const { root, clock, runIndex } = options;
  const runs = new Map<string, ReindexRun>();
  let current: Promise<void> | undefined;
  let next: Waiting | undefined;
  let isStopped = false;

  function update(id: string, change: Partial<ReindexRun>): ReindexRun | undefined {
    const run = runs.get(id);
    if (run === undefined) return undefined;
    const changed = { ...run, ...change };
    runs.set(id, changed);
    return changed;
  }

  function enqueue(request: IndexRequest, trigger: RunTrigger): Waiting {
    const id = options.newId();
    const { promise, resolve } = withResolver<ReindexRun>();
    runs.set(id, { id, state: "queued", trigger, request, queuedAt: clock.now() });
    for (const old of [...runs.keys()].slice(0, -REMEMBERED)) runs.delete(old);
    return { id, finished: promise, finish: resolve };
  }

  async function work(): Promise<void> {
    while (next !== undefined && !isStopped) {
      const { id, finish } = next;
      const run = update(id, { state: "running", startedAt: clock.now() });
      next = undefined;
      if (run === undefined) continue;
      const outcome = await attempt(run);
      const finished = { ...run, ...runs.get(id), ...outcome, finishedAt: clock.now() };
      runs.set(id, finished);
      options.onFinished(finished);
      finish(finished);
    }
    current = undefined;
    if (next !== undefined) refuse(next);
  }

  function refuse({ id, finish }: Waiting): void {
    next = undefined;
    const problem = problemBody("NOT_READY", STOPPING);
    const run = update(id, { state: "failed", problem, finishedAt: clock.now() });
    if (run !== undefined) finish(run);
  }

  async function attempt({ id, request }: ReindexRun): Promise<Partial<ReindexRun>> {
    try {
      const result = await runIndex(request, {
        onProgress: (progress) => void update(id, { progress }),
      });
      return { state: "done", result };
    } catch (error) {
      const { code, message, extras } = toProblem(error, root);
      if (code === "INTERNAL") options.onTrouble(error);
      const problem = problemBody(code, message, extras.members);
      const cause = code === "INTERNAL" && error instanceof Error ? error : undefined;
      return { state: "failed", problem, cause };
    }
  }

  return {
    submit(request, trigger) {
      if (isStopped) throw new HttpProblem("NOT_READY", STOPPING);
      const waiting = next ?? enqueue(request, trigger);
      const queued = runs.get(waiting.id);
      if (next !== undefined && queued !== undefined) {
        update(next.id, { request: joinRequests(queued.request, request) });
      }
      next = waiting;
      // Begun a turn later, so that requests that come in together are one run.
      current ??= Promise.resolve().then(work);
      return waiting;
    },
    find: (id) => runs.get(id),
    list: () => [...runs.values()].reverse(),
    async stop() {
      isStopped = true;
      await current;
    },
  };
}

/** Returns the request that does what both want. */
export function joinRequests(one: IndexRequest, other: IndexRequest): IndexRequest {
  const products = one.products && other.products &&
    [...new Set([...one.products, ...other.products])].sort();
  return {
    dryRun: one.dryRun && other.dryRun,
    rehash: one.rehash || other.rehash,
    products,
  };
}

function withResolver<Value>() {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

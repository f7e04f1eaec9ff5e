import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { watchTree } from "../../../server/watch/watch_tree.ts";

/** What a scenario has: a tree that is watched, and an os in it that is its own. */
export interface Scene {
  readonly root: string;
  /** What was told of the os since, a list a time; "all" for everything. */
  readonly told: (readonly string[])[];
  /** What is told of the os next; until then `again` is called every five seconds. */
  readonly next: (again?: () => void) => Promise<readonly string[]>;
}

/** A scenario, by the name of its os, which has a version `VERSION` of `disk.qcow2` at first. */
export type Scenarios = Readonly<Record<string, (scene: Scene) => Promise<void>>>;

/** The version that each os has at first, below the os. */
export const VERSION = "12/amd64/default/20240101";
/** How long a change may take until it is told, on a slow machine and with a thread's start. */
const LIMIT_MS = 15_000;
const AGAIN_MS = 5000;

/**
 * Makes a tree, watches it, and has all scenarios go on at the same time once the first full pass was
 * asked for. Never rejects; returns what went wrong, by scenario.
 */
export async function playScenarios(
  scenarios: Scenarios,
  { isEmpty = false }: { readonly isEmpty?: boolean } = {},
): Promise<ReadonlyMap<string, unknown>> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "simplestreams-watch-")));
  const names = Object.keys(scenarios);
  const told = new Map(names.map((os): [string, (readonly string[])[]] => [os, []]));
  const troubles: string[] = [];
  let isReady = false;
  if (!isEmpty) { for (const os of names) write(`${root}/images/${os}/${VERSION}/disk.qcow2`); }
  const watch = watchTree({
    ...{ worker: workerUrl(), root, streams: ["images"], rescanMs: 3_600_000 },
    onProducts(products) {
      isReady = true;
      for (const [os, list] of told) {
        const own = products?.filter((one) => one.split(":")[0] === os) ?? ["all"];
        if (own.length > 0) list.push(own);
      }
    },
    onTrouble: (message) => troubles.push(message),
    onReady() {},
  });
  async function play(os: string, scenario: (scene: Scene) => Promise<void>): Promise<unknown> {
    const list = told.get(os) ?? [];
    list.length = 0;
    const next = (again = () => {}) =>
      waitFor(() => list.shift(), LIMIT_MS, again).catch((cause) => {
        throw new Error(`Nothing was told of ${os}; troubles: ${troubles.join() || "none"}`, {
          cause,
        });
      });
    try {
      await scenario({ root, told: list, next });
      return troubles[0];
    } catch (error) {
      return error;
    }
  }
  try {
    // Long, for a slow machine that starts all threads at once.
    await waitFor(() => isReady || undefined, 30_000);
    const outcomes = Object.entries(scenarios).map(async ([os, scenario]): Promise<
      [string, unknown]
    > => [os, await play(os, scenario)]);
    return new Map(await Promise.all(outcomes));
  } catch (error) {
    return new Map(names.map((os) => [os, error]));
  } finally {
    await watch.stop();
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Writes a file, and makes the folders above it. */
export function write(path: string, content = "disk"): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

async function waitFor<Value>(
  find: () => Value | undefined,
  limitMs: number,
  again = () => {},
): Promise<Value> {
  const start = performance.now();
  for (let rounds = 1; performance.now() < start + limitMs; await sleep(20)) {
    const value = find();
    if (value !== undefined) return value;
    if (performance.now() < start + rounds * AGAIN_MS) continue;
    again();
    rounds++;
  }
  throw new Error(`It took more than ${limitMs} ms`);
}

/** The watch worker as a module of its own, found as the hash worker is. */
export function workerUrl(): URL {
  const bundled = `${process.cwd()}/build/test/watch_worker.mjs`;
  const source = `${process.cwd()}/test/server/watch/worker.ts`;
  const isDeno = "Deno" in globalThis;
  return pathToFileURL(!isDeno && existsSync(bundled) ? bundled : source);
}

import type { Change } from "./changed_products.ts";
import { planRun, type ProductsToIndex } from "./plan_run.ts";

/** What waits until it has settled. */
export interface Settling {
  /** Takes in that something happened. */
  touch(change: Change): void;
  /** Looks at what waits, every so often; returns what has settled since, and forgets that. */
  look(nowMs: number): ProductsToIndex | undefined;
}

/** What a look needs of the tree. */
export interface SettlingTree {
  /** Names, sizes and times of all files in a folder: another text after every change. */
  readonly sampleFolder: (folder: string) => string;
  readonly productsBelow: (selector: string) => readonly string[];
}

/** For how long nothing may happen to products before they are indexed. */
export const SETTLE_MS = 2000;
/** Time between two looks. */
export const LOOK_MS = 500;

/** How many selectors may wait while each look samples all of them; then only those that are due. */
const FEW = 100;

interface Waiting {
  readonly folders: Set<string>;
  /** What its folders are like since then; undefined before the first look. */
  sample?: string;
  sinceMs: number;
}

/**
 * Returns a place where changes wait until their products were the same for two seconds. Each
 * selector waits on its own.
 */
export function createSettling(tree: SettlingTree): Settling {
  const waiting = new Map<string, Waiting>();

  function hasSettled(one: Waiting, nowMs: number): boolean {
    const isDue = one.sample === undefined || nowMs - one.sinceMs >= SETTLE_MS;
    if (!isDue && waiting.size > FEW) return false;
    const sample = [...one.folders].sort().map(tree.sampleFolder).join("\n");
    if (sample === one.sample) return isDue;
    one.sample = sample;
    one.sinceMs = nowMs;
    return false;
  }

  return {
    touch({ selector, folder }) {
      const one = waiting.get(selector) ?? { folders: new Set(), sinceMs: 0 };
      waiting.set(selector, one);
      // The samples tell what happens in a known folder; events may come seconds late, from Deno do.
      if (folder !== undefined && one.folders.has(folder)) return;
      if (folder !== undefined) one.folders.add(folder);
      one.sample = undefined;
    },
    look(nowMs) {
      const ready = [...waiting].filter(([, one]) => hasSettled(one, nowMs)).map(([name]) => name);
      if (ready.length === 0) return undefined;
      for (const selector of ready) waiting.delete(selector);
      const { productsBelow } = tree;
      return planRun({ ready, waiting: [...waiting.keys()], productsBelow });
    },
  };
}

/** Selectors of products to index; all products when it says so. */
export type ProductsToIndex = readonly string[] | "all";

/** How many selectors make a run that looks at everything the cheaper one. */
export const MOST_SELECTORS = 200;
const PRODUCT_NAMES = 4;

/**
 * Returns what to index when some selectors are ready and others must wait: all that is ready and
 * nothing that waits. A level with products in it that wait goes out as its other products; one
 * without products does not go out. Sorted, each product once; undefined for nothing.
 *
 * @param productsBelow the ids of all products on disk that a selector selects
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { planRun } from "./plan_run.ts";
 * const productsBelow = () => ["debian:12:amd64:cloud", "debian:12:amd64:default"];
 * assert.deepEqual(planRun({ ready: ["debian"], waiting: [], productsBelow }), ["debian"]);
 * const waiting = ["debian:12:amd64:cloud"];
 * const plan = planRun({ ready: ["debian"], waiting, productsBelow });
 * assert.deepEqual(plan, ["debian:12:amd64:default"]);
 * ```
 */
export function planRun({ ready, waiting, productsBelow }: {
  readonly ready: readonly string[];
  readonly waiting: readonly string[];
  readonly productsBelow: (selector: string) => readonly string[];
}): ProductsToIndex | undefined {
  const waits = new Set(waiting);
  const leadsToWaiting = new Set(waiting.flatMap(selectorsAbove));
  const isFree = (id: string) =>
    !waits.has(id) && !selectorsAbove(id).some((one) => waits.has(one));
  const planned = new Set<string>();
  for (const selector of ready) {
    if (selector.split(":").length === PRODUCT_NAMES) planned.add(selector);
    else if (leadsToWaiting.has(selector)) {
      for (const id of productsBelow(selector)) if (isFree(id)) planned.add(id);
    } else if (selector === "" || productsBelow(selector).length > 0) planned.add(selector);
  }
  if (planned.has("")) return "all";
  if (planned.size > MOST_SELECTORS && waiting.length === 0) return "all";
  const selectors = [...planned].filter((one) =>
    !selectorsAbove(one).some((above) => planned.has(above))
  );
  return selectors.length === 0 ? undefined : selectors.sort();
}

/** Returns the selectors that select more than this one: "", `os`, `os:release` and so on. */
function selectorsAbove(selector: string): readonly string[] {
  if (selector === "") return [];
  const names = selector.split(":");
  return names.map((_, place) => names.slice(0, place).join(":"));
}

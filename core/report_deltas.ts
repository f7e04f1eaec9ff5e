import type { TreeWithDeltas } from "./make_deltas.ts";
import type { PlannedDelta } from "./plan_deltas.ts";

/** One delta, as a run tells of it. */
export interface ReportedDelta {
  /** The product's id. */
  readonly product: string;
  readonly version: string;
  /** The version that it is made from. */
  readonly base: string;
  /** Relative to the root. */
  readonly path: string;
  /** Bytes of the whole root, which a client without the base downloads. */
  readonly rootSize: number;
  /** Bytes of the delta; not there for one that was not made. */
  readonly size?: number;
}

/** What a run made of deltas, each list by product and version. */
export interface DeltaReport {
  readonly made: readonly ReportedDelta[];
  /** What would be made, or could not be. */
  readonly planned: readonly ReportedDelta[];
  /** What would be larger than a delta may be, now or when it was tried. */
  readonly notWorth: readonly ReportedDelta[];
}

/** Returns what a run has to tell of deltas. */
export function reportDeltas(
  { plan, applied }: Pick<TreeWithDeltas, "plan" | "applied">,
): DeltaReport {
  const made = applied?.made ?? [];
  const dropped = applied?.notWorth ?? [];
  const done = new Set([...made, ...dropped].map(({ path }) => path));
  return {
    made: made.map((delta) => ({ ...report(delta), size: delta.sizeBytes })),
    planned: plan.make.filter(({ path }) => !done.has(path)).map(report),
    notWorth: [...dropped, ...plan.notWorth].map(report),
  };
}

function report({ product, version, base, path, to }: PlannedDelta): ReportedDelta {
  return { product, version, base, path, rootSize: to.sizeBytes };
}

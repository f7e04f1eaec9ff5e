import { formatDuration } from "./duration.ts";
import { readVersionName } from "./version_name.ts";

/** Which versions of a product stay: those that every given part keeps, and always the newest. */
export interface RetentionPolicy {
  /** How many of the newest; a whole number from 1. */
  readonly keep?: number;
  /** How old a version may be by its own date, in whole seconds. */
  readonly maxAgeMs?: number;
}

/** A version, as far as a policy looks at it. */
export interface RetainedVersion {
  readonly name: string;
  /** Whether clients see an image in it; one without does not count as one of the newest. */
  readonly hasImages: boolean;
}

/**
 * Returns which versions of a product leave, name to why. "Newest" is what clients take for it, the
 * greatest name. What is no date for clients is left alone.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { planRetention } from "./retention.ts";
 * const versions = ["20240101", "20240102"].map((name) => ({ name, hasImages: true }));
 * const leaving = planRetention(versions, { keep: 1 }, new Date("2024-01-03T00:00:00Z"));
 * assert.deepEqual([...leaving], [["20240101", "there is a newer one, and 1 is kept"]]);
 * ```
 */
export function planRetention(
  versions: readonly RetainedVersion[],
  policy: RetentionPolicy,
  now: Date,
): ReadonlyMap<string, string> {
  const leaving = new Map<string, string>();
  let newer = 0;
  for (const { name, hasImages } of [...versions].sort((a, b) => a.name < b.name ? 1 : -1)) {
    const builtAt = buildTime(name);
    if (builtAt === undefined) continue;
    const why = newer === 0 ? undefined : whyLeaving({ newer, builtAt }, policy, now);
    if (why !== undefined) leaving.set(name, why);
    if (hasImages) newer++;
  }
  return leaving;
}

function whyLeaving(
  { newer, builtAt }: { readonly newer: number; readonly builtAt: Date },
  { keep, maxAgeMs }: RetentionPolicy,
  now: Date,
): string | undefined {
  if (keep !== undefined && newer >= keep) {
    const others = newer === 1 ? "there is a newer one" : `there are ${newer} newer ones`;
    return `${others}, and ${keep} ${keep === 1 ? "is" : "are"} kept`;
  }
  if (maxAgeMs !== undefined && now.getTime() - builtAt.getTime() > maxAgeMs) {
    return `it is older than ${formatDuration(maxAgeMs)}`;
  }
  return undefined;
}

/** When a version was built, by its name; undefined when clients skip it. */
function buildTime(name: string): Date | undefined {
  // incus shared/simplestreams/products.go: name[0:8] must be YYYYMMDD, whatever follows
  const parts = readVersionName(name) ?? readVersionName(name.slice(0, 8));
  if (parts === undefined) return undefined;
  const { year, month, day, hour, minute } = parts;
  return new Date(Date.UTC(year, month - 1, day, hour, minute));
}

import { type Finding, warning } from "./finding.ts";
import type { Item, Version } from "./model.ts";

/** Versions with the deltas that clients can use, and why others are not listed. */
export interface KeptDeltas {
  readonly versions: readonly Version[];
  readonly findings: readonly Finding[];
}

/**
 * Returns a product's versions with one delta each at the most: of those whose base is listed, the one
 * from the newest. All are proven; which versions are listed is known only here.
 */
export function keepDeltas(versions: readonly Version[]): KeptDeltas {
  if (!versions.some(({ items }) => items.some(isDelta))) return { versions, findings: [] };
  const findings: Finding[] = [];
  const bases = new Set(versions.filter(hasFingerprint).map(({ name }) => name));
  const kept = versions.map((version) => {
    const deltas = version.items.filter(isDelta);
    if (deltas.length === 0) return version;
    const usable = deltas.filter(({ deltaBase = "" }) =>
      bases.has(deltaBase) && deltaBase < version.name && bases.has(version.name)
    );
    // client-contract: a daemon that holds two bases applies both and then refuses the image
    const newest = usable.reduce<Item | undefined>(
      (best, item) => best === undefined || baseOf(item) > baseOf(best) ? item : best,
      undefined,
    );
    for (const delta of deltas) {
      if (delta === newest) continue;
      findings.push(
        newest !== undefined && usable.includes(delta)
          ? warning(
            "DELTA_TWICE",
            delta.path,
            `is not listed, as the delta from "${newest.deltaBase}" is: a daemon that holds two ` +
              "of the bases refuses the image; remove this one",
          )
          : baseFinding(delta.path, `"${baseOf(delta)}" is not listed with a squashfs root`),
      );
    }
    const items = version.items.filter((item) => !isDelta(item) || item === newest);
    return { ...version, items };
  });
  return { versions: kept, findings };
}

/** Returns the finding about a delta that no daemon could use. */
export function baseFinding(path: string, found: string): Finding {
  const expected = "expected root.BASE.vcdiff beside a squashfs root, with BASE the name of an " +
    "older version of this product that is listed with one, too";
  return warning("DELTA_BASE", path, `is not listed: ${found}, ${expected}`);
}

function isDelta({ deltaBase }: Item): boolean {
  return deltaBase !== undefined;
}

function baseOf({ deltaBase = "" }: Item): string {
  return deltaBase;
}

function hasFingerprint({ items }: Version): boolean {
  return items.some(({ combined }) => combined.has("combined_squashfs_sha256"));
}

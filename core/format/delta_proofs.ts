import type { PublishedItems } from "./documents.ts";
import { DELTA_FTYPES } from "./delta_files.ts";
import { PROOF } from "./items.ts";
import { isJsonObject } from "./json_text.ts";

/**
 * Returns a version's items in a document that this tool wrote, its deltas as a cache has them: with the
 * digests of the roots that stood beside them there, which are those that they were proven with.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { withProofs } from "./delta_proofs.ts";
 * const root = { ftype: "squashfs", sha256: "0f" };
 * const delta = { ftype: "squashfs.vcdiff", delta_base: "1" };
 * const versions = new Map([["1", new Map([["r", root]])], ["2", new Map([["r", root], ["d", delta]])]]);
 * const proof = { delta_base_sha256: "0f", delta_target_sha256: "0f" };
 * assert.deepEqual(withProofs("2", versions).get("d"), { ...delta, ...proof });
 * ```
 */
export function withProofs(
  version: string,
  versions: ReadonlyMap<string, PublishedItems>,
): PublishedItems {
  const items = versions.get(version) ?? new Map<string, unknown>();
  const target = rootIn(items);
  return new Map([...items].map(([key, item]) => {
    if (!isJsonObject(item) || item.ftype !== DELTA_FTYPES.squashfs) return [key, item];
    const base = rootIn(versions.get(String(item.delta_base)));
    return [key, { ...item, [PROOF.base]: base, [PROOF.target]: target }];
  }));
}

function rootIn(items: PublishedItems | undefined): unknown {
  for (const item of items?.values() ?? []) {
    if (isJsonObject(item) && item.ftype === "squashfs") return item.sha256;
  }
  return undefined;
}

import { canonicalArchitecture } from "./architecture.ts";
import type { ProductName } from "./model.ts";

/**
 * Returns the aliases that a product asks for: `os/release/variant`, and `os/release` for `default`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { defaultAliases } from "./aliases.ts";
 * const name = { os: "debian", release: "12", arch: "amd64", variant: "default" };
 * assert.deepEqual(defaultAliases(name), ["debian/12/default", "debian/12"]);
 * ```
 */
export function defaultAliases(name: ProductName): readonly string[] {
  const full = `${name.os}/${name.release}/${name.variant}`;
  return name.variant === "default" ? [full, `${name.os}/${name.release}`] : [full];
}

/**
 * Returns why no client could find an image by an alias, or undefined.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { whyAliasUnusable } from "./aliases.ts";
 * assert.equal(whyAliasUnusable("a,b/1"), "clients split aliases at commas");
 * ```
 */
export function whyAliasUnusable(alias: string): string | undefined {
  // client-contract: `aliases` is split at commas and not trimmed; no colon
  if (alias.includes(",")) return "clients split aliases at commas";
  if (alias.includes(":")) return "clients take what stands before a colon for a remote's name";
  return undefined;
}

/**
 * Returns what an alias is told by: two products may share one if no client sees both, that is, if
 * they are for two architectures.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { aliasKey } from "./aliases.ts";
 * assert.equal(aliasKey("amd64", "debian/12"), aliasKey("x86_64", "debian/12"));
 * ```
 */
export function aliasKey(arch: string, alias: string): string {
  return `${canonicalArchitecture(arch) ?? arch}:${alias}`;
}

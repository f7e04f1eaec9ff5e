import { aliasKey } from "./aliases.ts";
import { objectFields, tryParseJson } from "./json_text.ts";

/**
 * Returns what clients tell a published product's aliases by, each with the architecture that it is
 * for. Takes them from before the versions, which are nearly all of the text, where they stand there.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { aliasKeysIn } from "./published_aliases.ts";
 * const text = '{"aliases":"debian/12,debian/12/default","arch":"amd64","versions":{}}';
 * assert.deepEqual(aliasKeysIn(text), ["x86_64:debian/12", "x86_64:debian/12/default"]);
 * ```
 */
export function aliasKeysIn(product: string): readonly string[] {
  // Quotes in texts are escaped, so this is a key; one that is not the product's own leaves "{" open.
  const end = product.indexOf('"versions":{');
  const head = end === -1 ? undefined : namesIn(`${product.slice(0, end)}"versions":{}}`);
  const [aliases, arch] = head ?? namesIn(product) ?? [];
  if (aliases === undefined || arch === undefined) return [];
  // client-contract: split at commas and not trimmed
  return aliases.split(",").filter((alias) => alias !== "").map((alias) => aliasKey(arch, alias));
}

function namesIn(product: string): readonly [string, string] | undefined {
  const fields = objectFields(tryParseJson(product));
  const [aliases, arch] = [fields?.get("aliases"), fields?.get("arch")];
  return typeof aliases === "string" && typeof arch === "string" ? [aliases, arch] : undefined;
}

import { parseFlatJson } from "./flat_json.ts";
import type { TextMap } from "./model.ts";
import { requirementOf } from "./requirements.ts";

/** A change of some requirements: their new values, null for those that go. */
export type RequirementsPatch = ReadonlyMap<string, string | null>;

/**
 * Returns what a merge patch for a requirements file says; its values are read as those of the file are.
 *
 * @throws {FormatError} with line and column, for bad JSON and for lists and objects as values
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseRequirementsPatch } from "./requirements_patch.ts";
 * const patch = parseRequirementsPatch('{"nesting": true, "cgroup": null}', "request body");
 * assert.deepEqual([...patch], [["nesting", "true"], ["cgroup", null]]);
 * ```
 */
export function parseRequirementsPatch(text: string, path: string): RequirementsPatch {
  const patch = new Map<string, string | null>();
  for (const [key, value] of parseFlatJson(text, path, { allowNull: true })) {
    patch.set(key, value.kind === "null" ? null : requirementOf(value, { path, text }));
  }
  return patch;
}

/**
 * Returns requirements after a patch.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { patchRequirements } from "./requirements_patch.ts";
 * const patched = patchRequirements(new Map([["a", "b"]]), new Map([["a", null], ["c", "d"]]));
 * assert.deepEqual([...patched], [["c", "d"]]);
 * ```
 */
export function patchRequirements(requirements: TextMap, patch: RequirementsPatch): TextMap {
  // RFC 7396, 2: null removes a member, any other value replaces or adds it
  const patched = new Map(requirements);
  for (const [key, value] of patch) {
    if (value === null) patched.delete(key);
    else patched.set(key, value);
  }
  return patched;
}

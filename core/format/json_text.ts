import type { TextMap, TextRecord } from "./model.ts";

/**
 * Returns a text-to-text object as JSON with sorted keys. It comes as a map because a JavaScript
 * object would put a key such as "20240101" first, and could not hold "__proto__".
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { textMapJson } from "./json_text.ts";
 * assert.equal(textMapJson(new Map([["b", "1"], ["a", "2"]])), '{"a":"2","b":"1"}');
 * ```
 */
export function textMapJson(map: TextMap): string {
  const keys = [...map.keys()].sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(map.get(key))}`).join()}}`;
}

/** Returns the fields of an object of outside data, or undefined when it is none. */
export function objectFields(value: unknown): ReadonlyMap<string, unknown> | undefined {
  return isJsonObject(value) ? new Map(Object.entries(value)) : undefined;
}

/**
 * Returns whether outside data is an object, to look up fields of known names in. Quicker than
 * `objectFields`, but names that come from outside must not be looked up so: "constructor" is there.
 */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns outside text as JSON data, or undefined when it is not JSON. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Returns a map's entries sorted by key.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { sortedByKey } from "./json_text.ts";
 * assert.deepEqual(sortedByKey(new Map([["9", 1], ["10", 2]])), [["10", 2], ["9", 1]]);
 * ```
 */
export function sortedByKey<Value>(
  map: ReadonlyMap<string, Value>,
): readonly (readonly [string, Value])[] {
  return [...map].sort(([a], [b]) => a < b ? -1 : 1);
}

/**
 * Returns a text-to-text map as a plain object with its keys in order, for JSON that others write.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { textRecord } from "./json_text.ts";
 * assert.deepEqual(Object.keys(textRecord(new Map([["b", "1"], ["a", "2"]]))), ["a", "b"]);
 * ```
 */
export function textRecord(map: TextMap): TextRecord {
  return Object.fromEntries(sortedByKey(map));
}

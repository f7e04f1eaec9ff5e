/**
 * Returns what stands at a path of keys in a JSON value.
 *
 * @throws {TypeError} if something on the way is no object or lacks the key
 */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (!isRecord(found) || !(key in found)) {
      throw new TypeError(`Cannot read "${path.join(" > ")}": no "${key}"`);
    }
    found = found[key];
  }
  return found;
}

/**
 * Returns the keys and values of a JSON object; none for null, which Go writes for an empty map.
 *
 * @throws {TypeError} if the value is neither an object nor null
 */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  if (value === null) return [];
  if (!isRecord(value)) throw new TypeError(`Cannot read entries: expected an object`);
  return Object.entries(value);
}

/**
 * Returns the elements of a JSON list; none for null, which Go writes for an empty slice.
 *
 * @throws {TypeError} if the value is neither a list nor null
 */
export function listOf(value: unknown): readonly unknown[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw new TypeError(`Cannot read elements: expected a list`);
  return value;
}

/**
 * Returns a JSON string.
 *
 * @throws {TypeError} if the value is no string
 */
export function textOf(value: unknown): string {
  if (typeof value !== "string") throw new TypeError(`Cannot read ${value}: expected a string`);
  return value;
}

/** Returns the value of a JSON text, with a type that must be looked at before it is used. */
export function parseJson(text: string): unknown {
  return JSON.parse(text);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

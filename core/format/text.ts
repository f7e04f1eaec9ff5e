// deno-lint-ignore no-control-regex -- control characters are what this looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/**
 * Returns text that is safe on a terminal and stays on one line: control characters as `\xNN`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { printable } from "./text.ts";
 * assert.equal(printable("a\nb"), "a\\x0ab");
 * ```
 */
export function printable(text: string): string {
  return text.replace(CONTROL, (character) => {
    const code = character.charCodeAt(0);
    return code > 0xff ? `\\u${code.toString(16)}` : `\\x${code.toString(16).padStart(2, "0")}`;
  });
}

/**
 * Returns why a folder's or file's name cannot be part of a path in a document, or undefined.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { whyPathUnusable } from "./text.ts";
 * assert.equal(whyPathUnusable("20240101_05:24"), undefined);
 * assert.equal(whyPathUnusable("100%"), `a "%" in a path reaches no client in any spelling`);
 * ```
 */
export function whyPathUnusable(name: string): string | undefined {
  // client-contract: `%` in a name works in none of its spellings
  if (name.includes("%")) return `a "%" in a path reaches no client in any spelling`;
  if (name.search(CONTROL) !== -1) return "a control character in a path breaks clients and logs";
  // U+FFFD is what a decoder puts for bytes that are not UTF-8, an encoder for half a surrogate pair
  if (/[\ud800-\udfff\ufffd]/u.test(name)) {
    return "the name is not UTF-8, which JSON documents cannot carry";
  }
  return undefined;
}

/**
 * Returns the number of single-character edits between two words, for "did you mean".
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { editDistance } from "./text.ts";
 * assert.equal(editDistance("secure_boot", "secureboot"), 1);
 * ```
 */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1;
      current.push(Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + change,
      ));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** Returns the known word nearest to a mistyped one, or undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 4));
  return known
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)[0]?.candidate;
}

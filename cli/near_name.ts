/**
 * Returns the name that a mistyped word was most likely meant to be; of equally near ones the first.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { nearName } from "./near_name.ts";
 * assert.equal(nearName("lst", ["list", "show"]), "list");
 * assert.equal(nearName("debian", ["list", "show"]), undefined);
 * ```
 */
export function nearName(word: string, names: readonly string[]): string | undefined {
  let nearest: { readonly name: string; readonly distance: number } | undefined;
  for (const name of names) {
    const allowed = Math.min(3, Math.floor(Math.max(word.length, name.length) / 3));
    const distance = editDistance(word, name);
    if (distance <= allowed && distance < (nearest?.distance ?? Infinity)) {
      nearest = { name, distance };
    }
  }
  return nearest?.name;
}

/** Counts signs that are missing, too many, wrong, or swapped with the next one. */
function editDistance(a: string, b: string): number {
  // No name is that long; what is longer is a path
  if (Math.abs(a.length - b.length) > 3) return Infinity;
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= a.length; row++) {
    const distances = [row];
    rows.push(distances);
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      distances.push(Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + (isSame ? 0 : 1),
        isSwapped ? at(row - 2, column - 2) + 1 : Infinity,
      ));
    }
  }
  return at(a.length, b.length);
}

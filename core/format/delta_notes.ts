/** Pairs of roots whose delta is not worth having: `pairKey` -> more bytes than it was allowed. */
export type DeltaNotes = ReadonlyMap<string, number>;

const LINE = /^([0-9a-f]{64} [0-9a-f]{64}) ([0-9]{1,15})$/;

/** Returns what stands for two roots, whatever they are called. */
export function pairKey(pair: {
  readonly baseSha256: string;
  readonly targetSha256: string;
}): string {
  return `${pair.baseSha256} ${pair.targetSha256}`;
}

/**
 * Returns what the text of a notes file says; what is no such line is passed over.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { deltaNotesText, parseDeltaNotes } from "./delta_notes.ts";
 * const notes = new Map([[`${"0".repeat(64)} ${"1".repeat(64)}`, 700]]);
 * assert.deepEqual(parseDeltaNotes(deltaNotesText(notes)), notes);
 * ```
 */
export function parseDeltaNotes(text: string): DeltaNotes {
  const notes = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [, key, sizeBytes] = LINE.exec(line) ?? [];
    if (key !== undefined) notes.set(key, Number(sizeBytes));
  }
  return notes;
}

/** Returns the text of a notes file: a line a pair, sorted. */
export function deltaNotesText(notes: DeltaNotes): string {
  return [...notes].map(([key, sizeBytes]) => `${key} ${sizeBytes}\n`).sort().join("");
}

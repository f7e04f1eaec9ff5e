/** A part of a file. */
export interface Section {
  /** Its first byte, from 0. */
  readonly start: number;
  readonly lengthBytes: number;
}

/**
 * Returns what a `Range` header asks for of a file of this size: one section, the `whole` file, or
 * `unsatisfiable` when it starts behind the end. Several ranges, other units and broken syntax ask
 * for nothing that has to be granted: the whole file.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseRange } from "./byte_range.ts";
 * assert.deepEqual(parseRange("bytes=2-", 10), { start: 2, lengthBytes: 8 });
 * assert.equal(parseRange("bytes=10-", 10), "unsatisfiable");
 * ```
 */
export function parseRange(
  header: string | undefined,
  sizeBytes: number,
): Section | "whole" | "unsatisfiable" {
  const [, set] = /^bytes=(.*)$/i.exec(header?.trim() ?? "") ?? [];
  // RFC 9110, 5.6.1: a list may have empty elements
  const ranges = set?.split(",").map((range) => range.trim()).filter((range) => range !== "");
  if (ranges?.length !== 1) return "whole";
  const [, first, last] = /^([0-9]*)-([0-9]*)$/.exec(ranges[0] ?? "") ?? [];
  if (first === undefined || last === undefined || first + last === "") return "whole";
  return first === ""
    ? lastBytes(Number(last), sizeBytes)
    : bytesBetween(Number(first), last === "" ? Infinity : Number(last), sizeBytes);
}

function lastBytes(lengthBytes: number, sizeBytes: number) {
  if (lengthBytes === 0) return "unsatisfiable";
  // RFC 9110, 14.1.2: satisfiable, but Content-Range has no form for the 0 bytes of an empty file
  if (sizeBytes === 0) return "whole";
  const start = Math.max(0, sizeBytes - lengthBytes);
  return { start, lengthBytes: sizeBytes - start };
}

function bytesBetween(first: number, last: number, sizeBytes: number) {
  if (last < first) return "whole";
  if (first >= sizeBytes) return "unsatisfiable";
  return { start: first, lengthBytes: Math.min(last, sizeBytes - 1) - first + 1 };
}

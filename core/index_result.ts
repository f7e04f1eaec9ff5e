import type { Changes } from "./changes.ts";
import type { Counts } from "./count.ts";
import type { Finding } from "./format/finding.ts";
import type { PublishedState } from "./publish.ts";

/** What was read to digest it. */
export interface HashedCounts {
  readonly hashedFiles: number;
  readonly hashedBytes: number;
}

/** What indexing a tree found, and wrote or would write. */
export interface IndexResult {
  readonly root: string;
  /** What was looked at: sorted selectors, or "all", also when what they select was not enough. */
  readonly scope: "all" | readonly string[];
  readonly written: boolean;
  /** Of the whole documents, whatever the scope. */
  readonly counts: Counts & HashedCounts;
  readonly documents: readonly PublishedState[];
  readonly changes: Changes;
  /** About what was looked at, sorted by path. */
  readonly findings: readonly Finding[];
}

/** The result, and the products documents it speaks of. */
export interface IndexedTree {
  readonly result: IndexResult;
  /** The text of images.json in pieces, and then those of other streams' documents. */
  readonly document: () => Iterable<string | Uint8Array>;
  /** The products of each document, id to JSON text. */
  readonly products: () => readonly ReadonlyMap<string, string>[];
}

/** Returns what rounds of digesting have read together. */
export function addHashed(...parts: readonly HashedCounts[]): HashedCounts {
  return {
    hashedFiles: sum(parts.map(({ hashedFiles }) => hashedFiles)),
    hashedBytes: sum(parts.map(({ hashedBytes }) => hashedBytes)),
  };
}

/** Returns how much streams hold together; no two have a fingerprint in common. */
export function addCounts(parts: readonly Counts[]): Counts {
  return {
    products: sum(parts.map(({ products }) => products)),
    versions: sum(parts.map(({ versions }) => versions)),
    images: sum(parts.map(({ images }) => images)),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

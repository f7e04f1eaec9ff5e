import { type Changes, NO_CHANGES } from "./changes.ts";
import type { Counts } from "./count.ts";
import { IMAGES_PATH, INDEX_PATH } from "./format/documents.ts";
import { type Finding, sortFindings } from "./format/finding.ts";
import type { TreeReader } from "./ports.ts";
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
  /** Of the whole document, whatever the scope. */
  readonly counts: Counts & HashedCounts;
  readonly documents: readonly PublishedState[];
  readonly changes: Changes;
  /** About what was looked at, sorted by path. */
  readonly findings: readonly Finding[];
}

/** The result, and the products document it speaks of. */
export interface IndexedTree {
  readonly result: IndexResult;
  /** The text of images.json in pieces. */
  readonly document: () => Iterable<string | Uint8Array>;
}

/** Returns the answer when nothing has changed since the documents were published. */
export function unchangedTree(
  reader: TreeReader,
  known: Pick<IndexResult, "root" | "scope" | "written" | "counts" | "findings">,
): IndexedTree {
  const { root, findings } = known;
  return {
    document: () => [reader.readBytes(`${root}/${IMAGES_PATH}`)],
    result: {
      ...known,
      documents: [IMAGES_PATH, INDEX_PATH].map((path) => {
        const sizeBytes = reader.stat(`${root}/${path}`)?.sizeBytes ?? 0;
        return { path, changed: false, sizeBytes };
      }),
      changes: NO_CHANGES,
      findings: sortFindings(findings),
    },
  };
}

/** Returns what two rounds of digesting have read. */
export function addHashed(one: HashedCounts, other: HashedCounts): HashedCounts {
  return {
    hashedFiles: one.hashedFiles + other.hashedFiles,
    hashedBytes: one.hashedBytes + other.hashedBytes,
  };
}

import type { DigestOptions, DigestPorts } from "./digest_tree.ts";
import { tidyDeltaWork } from "./delta_work.ts";
import { isStorageError, StorageError } from "./errors.ts";
import { type Finding, sortFindings } from "./format/finding.ts";
import { findStreams } from "./find_streams.ts";
import { addCounts, addHashed, type IndexedTree } from "./index_result.ts";
import { indexStream, scannedIds, type StreamRun } from "./index_stream.ts";
import type { TreeReader } from "./ports.ts";
import { publishedIds, publishStreams, textsOf, willChange } from "./publish_streams.ts";
import { findUnknown, type Selection } from "./selection.ts";
import { NOTHING_TAKEN, takeNames, type TakenNames } from "./taken_names.ts";
import { createWithdrawnTest } from "./withdrawn_state.ts";

export type { IndexedTree, IndexResult } from "./index_result.ts";

/** How to index a tree. */
export interface IndexOptions extends DigestOptions {
  /** Whether a document that lists products may be replaced by an empty one. */
  readonly allowEmpty?: boolean;
  /**
   * The products to look at; the others stay as they are published. All are looked at when it is not
   * there, and when those that are selected and the others are in each other's way.
   */
  readonly products?: Selection;
  /** Streams beside `images`, each a folder of the root; those that are published stay so. */
  readonly streams?: readonly string[];
}

/**
 * Indexes a root: scans it, digests what is not known yet, and with `write` publishes the documents.
 * The caller holds the root's lock when it writes.
 *
 * @param root without a "/" at its end
 * @throws {StorageError} when the root is missing, or something cannot be read or written
 * @throws {BadFilesError} when settings files are bad; nothing is written then
 * @throws {FormatError} when what is remembered of withdrawn versions is broken
 * @throws {SimplestreamsError} `REFUSED` when an empty document would replace one with products; and
 * when products are selected, but what stands there is no document that the others could stay in;
 * `USAGE` for a name that no stream can have
 */
export async function indexTree(
  ports: DigestPorts,
  root: string,
  options: IndexOptions,
): Promise<IndexedTree> {
  const { reader } = ports;
  requireRoot(reader, root);
  if (options.write) tidyAfterKilled(ports, root);
  const runs = await indexStreams(ports, root, options);
  const { document, documents, changes, findings } = publishStreams(ports, root, runs, options);
  const isPart = runs.every(({ selection }) => selection !== undefined);
  return {
    document,
    products: () => runs.map((run) => textsOf(reader, root, run)),
    result: {
      root,
      scope: isPart ? options.products?.selectors ?? "all" : "all",
      written: options.write,
      counts: {
        ...addCounts(runs.map(({ counts }) => counts)),
        ...addHashed(...runs.map(({ hashed }) => hashed)),
      },
      documents,
      changes,
      findings: sortFindings([...findings, ...findUnknownProducts(options.products, runs)]),
    },
  };
}

/** What a killed run was making of deltas is in nobody's way, so that not even an error is told. */
function tidyAfterKilled(ports: DigestPorts, root: string): void {
  try {
    tidyDeltaWork(ports, root);
  } catch (error) {
    if (!isStorageError(error)) throw error;
  }
}

/** Of two streams that want one alias or fingerprint the earlier has it. */
async function indexStreams(
  ports: DigestPorts,
  root: string,
  options: IndexOptions,
): Promise<readonly StreamRun[]> {
  const names = findStreams(ports.reader, root, options.streams);
  const isWithdrawn = createWithdrawnTest(ports, root);
  const runs: StreamRun[] = [];
  let isChanged = false;
  for (const [place, name] of names.entries()) {
    const stream = { name, before: names.slice(0, place) };
    const run = await indexStream(ports, root, stream, {
      ...options,
      selection: options.products,
      isWithdrawn,
      before: { taken: () => takenBy(ports.reader, root, runs), isChanged },
    });
    runs.push(run);
    isChanged ||= place < names.length - 1 && willChange(ports.reader, root, run);
  }
  return runs;
}

function findUnknownProducts(
  asked: Selection | undefined,
  runs: readonly StreamRun[],
): readonly Finding[] {
  if (asked === undefined) return [];
  return findUnknown(asked, runs.flatMap((run) => [...scannedIds(run), ...publishedIds(run)]));
}

function takenBy(reader: TreeReader, root: string, runs: readonly StreamRun[]): TakenNames {
  return runs.reduce(
    (taken, run) => takeNames(taken, run.stream.name, textsOf(reader, root, run)),
    NOTHING_TAKEN,
  );
}

/**
 * Refuses a root that is no directory.
 *
 * @throws {StorageError} `missing` or `not-a-directory`
 */
export function requireRoot(reader: TreeReader, root: string): void {
  const kind = reader.stat(root)?.kind;
  if (kind === "directory") return;
  const found = kind === undefined ? "there is no such directory" : `it is a ${kind}`;
  throw new StorageError(
    kind === undefined ? "missing" : "not-a-directory",
    root,
    `Cannot use "${root}": ${found}, expected the directory that is served, with images/ in it`,
  );
}

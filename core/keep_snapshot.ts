import type { DigestedTree } from "./digest_tree.ts";
import { isStorageError } from "./errors.ts";
import { type Finding, warning } from "./format/finding.ts";
import { productPath } from "./format/model.ts";
import type { TreeReader, TreeWriter } from "./ports.ts";
import type { ScannedTree } from "./scan.ts";
import { folderTimes } from "./scan_hints.ts";
import {
  removeSnapshot,
  type Snapshot,
  STATE_FOLDER,
  type StreamPlace,
  writeSnapshot,
} from "./snapshot.ts";
import { snapshotText } from "./tree_text.ts";

/** A snapshot is written again for its time stamps alone when one in so many is new. */
const WORTH_KEEPING = 10;

interface SnapshotPorts {
  readonly reader: TreeReader;
  readonly writer: TreeWriter;
}

/** Returns what a snapshot says of a tree once its versions are digested. */
export function describeTree(
  scanned: ScannedTree,
  now: Date,
  digested: Pick<DigestedTree, "cached" | "unsure">,
): Pick<Snapshot, "tree" | "times"> {
  const tree = asDigested(scanned, now, digested.cached);
  return { tree: snapshotText(tree, now, digested.unsure), times: folderTimes(tree, now) };
}

/** The tree as it is after digesting: versions have caches that had none. */
function asDigested(tree: ScannedTree, now: Date, cached: ReadonlySet<string>): ScannedTree {
  if (cached.size === 0) return tree;
  return {
    ...tree,
    products: tree.products.map((product) => ({
      ...product,
      versions: product.versions.map((version) =>
        cached.has(`${productPath(product)}/${version.name}`)
          ? { ...version, hasCache: true, folderMtimeMs: now.getTime() }
          : version
      ),
    })),
  };
}

/** A stream's snapshot. */
interface StreamSnapshot {
  readonly stream: StreamPlace;
  readonly snapshot: Snapshot;
}

/** Writes the snapshot for the documents as they stand now; returns a finding when that cannot be. */
export function keepSnapshot(
  ports: SnapshotPorts,
  root: string,
  kept: StreamSnapshot,
): readonly Finding[] {
  return tryToKeep(() => writeSnapshot(ports, root, kept));
}

/** Writes down the folders that have settled since the snapshot was taken, if there are many. */
export function keepTimes(
  ports: SnapshotPorts,
  root: string,
  change: StreamSnapshot & { readonly times: readonly number[] },
): void {
  const { stream, snapshot, times } = change;
  const news = times.filter((time, place) => time !== snapshot.times[place]).length;
  if (news * WORTH_KEEPING <= times.length) return;
  keepSnapshot(ports, root, { stream, snapshot: { ...snapshot, times } });
}

/**
 * Removes a snapshot of documents that are no more, before others come that it could be taken for: it
 * tells them by size and time alone. Returns a finding when that cannot be.
 */
export function forgetSnapshot(
  writer: TreeWriter,
  root: string,
  stream: StreamPlace,
): readonly Finding[] {
  return tryToKeep(() => removeSnapshot(writer, root, stream));
}

function tryToKeep(action: () => void): readonly Finding[] {
  try {
    action();
    return [];
  } catch (error) {
    if (!isStorageError(error)) throw error;
    const message = `the next run looks at every file again: ${error.message}`;
    return [warning("CACHE_NOT_WRITTEN", STATE_FOLDER, message)];
  }
}

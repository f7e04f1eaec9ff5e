import { isUnsettled } from "./format/items_cache.ts";
import type { ScannedTree } from "./scan.ts";

/** What was in a version's folder when it was last listed. */
export interface KnownFolder {
  /** The folder's own time stamp, which every name that comes or goes changes. */
  readonly mtimeMs: number;
  /** The image files in it, sorted. */
  readonly names: readonly string[];
  readonly hasCache: boolean;
}

/** Versions' folders, relative to the root, that were seen before: those need no listing. */
export type ScanHints = ReadonlyMap<string, KnownFolder>;

/** Stands for a folder that has to be listed the next time. */
const UNKNOWN = 0;

/**
 * Returns the time stamps of all versions' folders, in the tree's order; 0 for one that was touched
 * in the last two seconds, or in which something could not be read.
 */
export function folderTimes(tree: ScannedTree, now: Date): readonly number[] {
  return tree.products.flatMap(({ versions }) =>
    versions.map(({ folderMtimeMs, findings }) =>
      findings.length > 0 || isUnsettled({ mtimeMs: folderMtimeMs }, now) ? UNKNOWN : folderMtimeMs
    )
  );
}

/**
 * Returns the hints that a snapshot gives.
 *
 * @param treeText a snapshot's tree, a line a version below a line for its product
 * @param times what `folderTimes` returned for that tree
 */
export function readHints(treeText: string, times: readonly number[]): ScanHints {
  const hints = new Map<string, KnownFolder>();
  let product = "";
  let place = 0;
  let isInProducts = false;
  for (const line of treeText.split("\n")) {
    if (line.startsWith("product ")) {
      isInProducts = true;
      product = String(JSON.parse(line.slice("product ".length)));
      continue;
    }
    if (!isInProducts) continue;
    const mtimeMs = times[place++] ?? UNKNOWN;
    const [name = "", cache, ...files] = line.split(" ");
    // A name with a space or an escape is of no use as a version anyway, and so not worth parsing.
    const isPlain = name.length > 2 && name.endsWith('"') && !name.includes("\\");
    if (mtimeMs === UNKNOWN || !isPlain || files.length % 3 !== 0) continue;
    const names = files.filter((_, index) => index % 3 === 0);
    if (names.some((file) => file.startsWith('"'))) continue;
    hints.set(`${product}/${name.slice(1, -1)}`, { mtimeMs, names, hasCache: cache === "cached" });
  }
  return hints;
}

import { sortFindings } from "./format/finding.ts";
import { objectFields, tryParseJson } from "./format/json_text.ts";
import { isLookedAt, isSelected, type Selection } from "./selection.ts";
import type { Snapshot } from "./snapshot.ts";
import { joinTree, splitTree, type TreeTextProduct, UNSURE } from "./tree_text.ts";

/**
 * Returns what of a snapshot a run for the selection sees: held against a tree that was scanned with
 * it, this is a snapshot like any other. The counts stay those of the whole document.
 */
export function selectSnapshot(snapshot: Snapshot, selection: Selection): Snapshot {
  const parts = splitSnapshot(snapshot);
  const head = parts.head.filter((line) => isLookedAt(selection, placeOf(line)));
  const products = parts.products.filter(({ path }) => isSelected(selection, path));
  return {
    counts: snapshot.counts,
    findings: snapshot.findings.filter(({ path }) => isLookedAt(selection, path)),
    tree: joinTree({ head, products }),
    times: products.flatMap(({ times }) => times),
  };
}

/**
 * Returns the snapshot of a whole tree after a run for the selection.
 *
 * @param kept what was known of the whole tree before
 * @param seen what the run found, with the counts of the whole document
 */
export function mergeSnapshots(kept: Snapshot, seen: Snapshot, selection: Selection): Snapshot {
  const [before, now] = [splitSnapshot(kept), splitSnapshot(seen)];
  const products = [
    ...before.products.filter(({ path }) => !isSelected(selection, path)),
    ...now.products,
  ].sort((a, b) => a.place < b.place ? -1 : 1);
  return {
    counts: seen.counts,
    findings: sortFindings([
      ...kept.findings.filter(({ path }) => !isLookedAt(selection, path)),
      ...seen.findings,
    ]),
    tree: joinTree({ head: mergeHeads(before.head, now.head, selection), products }),
    times: products.flatMap(({ times }) => times),
  };
}

/** Returns whether two snapshots say the same. */
export function isSameSnapshot(one: Snapshot, other: Snapshot): boolean {
  const rest = ({ counts, findings, times }: Snapshot) =>
    JSON.stringify([counts.products, counts.versions, counts.images, findings, times]);
  return one.tree === other.tree && rest(one) === rest(other);
}

/**
 * What changed above the selected folders holds for the selected products alone: neither the old nor
 * the new line is true of all that is published, so there comes one that no tree has.
 */
function mergeHeads(
  before: readonly string[],
  now: readonly string[],
  selection: Selection,
): readonly string[] {
  const [old, seen] = [new Set(before), new Set(now)];
  const merged = new Set<string>();
  for (const line of [...old, ...seen]) {
    const place = placeOf(line);
    if (!isLookedAt(selection, place) || (old.has(line) && seen.has(line))) merged.add(line);
    else if (!isSelected(selection, place)) merged.add(`${UNSURE} ${JSON.stringify(place)}`);
    else if (seen.has(line)) merged.add(line);
  }
  const lines = [...merged].sort();
  const isFirst = (line: string) => line.startsWith(STREAM_LINE);
  return [...lines.filter(isFirst), ...lines.filter((line) => !isFirst(line))];
}

const STREAM_LINE = "stream ";

/** Returns the path, relative to the root, that a line above the versions is about. */
function placeOf(line: string): string {
  if (line.startsWith(STREAM_LINE)) return "";
  const value = tryParseJson(line.slice(line.indexOf(" ") + 1));
  // Either kind of settings file: they are seen together or not at all.
  if (Array.isArray(value)) return `${String(value[0])}/.requirements`;
  return String(objectFields(value)?.get("path") ?? value);
}

interface TimedProduct extends TreeTextProduct {
  readonly path: string;
  /** Sorts as a scan comes by: names are compared, and "/" is less than any character in one. */
  readonly place: string;
  /** One for each line. */
  readonly times: readonly number[];
}

function splitSnapshot({ tree, times }: Snapshot) {
  const { head, products } = splitTree(tree);
  let first = 0;
  const timed = products.map((product): TimedProduct => {
    const path = String(tryParseJson(product.folder));
    const start = first;
    first += product.lines.length;
    return {
      ...product,
      path,
      place: path.replaceAll("/", "\0"),
      times: times.slice(start, first),
    };
  });
  return { head, products: timed };
}

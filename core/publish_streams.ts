import { type Changes, compareDocuments, joinChanges, NO_CHANGES } from "./changes.ts";
import type { DigestPorts } from "./digest_tree.ts";
import { INDEX_PATH, indexDocument, productsDocument } from "./format/documents.ts";
import { type Finding, sortFindings } from "./format/finding.ts";
import { IMAGES_STREAM, streamDocument } from "./format/stream.ts";
import type { IndexedTree, IndexResult } from "./index_result.ts";
import type { GatheredStream, StreamRun } from "./index_stream.ts";
import { describeTree, forgetSnapshot, keepSnapshot, keepTimes } from "./keep_snapshot.ts";
import { isSameSnapshot, mergeSnapshots } from "./partial_snapshot.ts";
import type { TreeReader } from "./ports.ts";
import { applyPublish, planPublish, type PublishedDocument, refuseToEmpty } from "./publish.ts";
import { readPublished } from "./read_published.ts";

/** What became, or would become, of the documents. */
export interface PublishedProducts extends Pick<IndexResult, "documents" | "changes" | "findings"> {
  readonly document: IndexedTree["document"];
}

const NO_TEXTS: ReadonlyMap<string, string> = new Map();

/**
 * Publishes the streams that runs found, and then keeps a snapshot of what each is made of; without
 * `write` it only tells what would become of the documents.
 *
 * @throws {StorageError} with the old documents whole
 * @throws {SimplestreamsError} `REFUSED` when an empty document would replace one with products
 */
export function publishStreams(
  ports: DigestPorts,
  root: string,
  runs: readonly StreamRun[],
  options: { readonly write: boolean; readonly allowEmpty?: boolean },
): PublishedProducts {
  const { reader, writer } = ports;
  if (runs.every(({ unchanged }) => unchanged !== undefined)) {
    if (options.write) { for (const run of runs) keepFolderTimes(ports, root, run); }
    return unchangedDocuments(reader, root, runs);
  }
  const streams = runs.map((run) => ({ name: run.stream.name, ids: idsOf(reader, root, run) }));
  const documents = new Map(
    runs.flatMap((run) => run.gathered ? [[run, documentOf(run, run.gathered)] as const] : []),
  );
  const plan = planPublish(reader, root, [
    ...documents.values(),
    { path: INDEX_PATH, pieces: () => [indexDocument(streams)] },
  ]);
  const changed = new Set(plan.flatMap(({ path, changed }) => changed ? [path] : []));
  const findings = runs.flatMap((run) => [...run.findings]);
  if (options.write) {
    for (const { stream, counts, gathered } of options.allowEmpty ? [] : runs) {
      if (gathered === undefined) continue;
      const { published } = gathered;
      const before = typeof published === "string" ? published : published.size;
      refuseToEmpty(streamDocument(stream.name), { before, after: counts.products });
    }
    for (const { stream, gathered } of changed.size === 0 ? [] : runs) {
      const { part } = gathered ?? {};
      if (part === undefined || part.kept !== undefined) continue;
      findings.push(...forgetSnapshot(writer, root, stream));
    }
    applyPublish(writer, root, plan);
    const isChanged = changed.size > 0;
    for (const run of runs) findings.push(...keepRun(ports, root, run, { isChanged }));
  }
  return {
    document: () =>
      [...runs].flatMap((run) => [...documents.get(run)?.pieces() ?? bytesOf(reader, root, run)]),
    documents: plan.map(({ path, changed, sizeBytes }) => ({ path, changed, sizeBytes })),
    changes: joinChanges(
      runs.map((run) => changed.has(streamDocument(run.stream.name)) ? changesOf(run) : NO_CHANGES),
    ),
    findings,
  };
}

/** Returns whether a run would replace its stream's document. */
export function willChange(reader: TreeReader, root: string, run: StreamRun): boolean {
  return run.gathered !== undefined &&
    planPublish(reader, root, [documentOf(run, run.gathered)]).some(({ changed }) => changed);
}

/** Returns the products of a stream as they will be published, id to JSON text. */
export function textsOf(
  reader: TreeReader,
  root: string,
  { stream, gathered }: StreamRun,
): ReadonlyMap<string, string> {
  if (gathered !== undefined) return gathered.products.texts;
  const published = readPublished(reader, root, stream.name);
  return typeof published === "string" ? NO_TEXTS : published;
}

/** Returns the ids of the products that were published before a run, as far as it had to know them. */
export function publishedIds({ gathered }: StreamRun): readonly string[] {
  const published = gathered?.published ?? "none";
  return typeof published === "string" ? [] : [...published.keys()];
}

function idsOf(reader: TreeReader, root: string, run: StreamRun): readonly string[] {
  return [...textsOf(reader, root, run).keys()];
}

function documentOf({ stream }: StreamRun, { products }: GatheredStream): PublishedDocument {
  const pieces = [...productsDocument(stream.name, products.texts)];
  return { path: streamDocument(stream.name), pieces: () => pieces };
}

function bytesOf(reader: TreeReader, root: string, { stream }: StreamRun): readonly Uint8Array[] {
  return [reader.readBytes(`${root}/${streamDocument(stream.name)}`)];
}

/** The answer when nothing has changed since the documents were published. */
function unchangedDocuments(
  reader: TreeReader,
  root: string,
  runs: readonly StreamRun[],
): PublishedProducts {
  const paths = [...runs.map(({ stream }) => streamDocument(stream.name)), INDEX_PATH];
  return {
    document: () => runs.flatMap((run) => bytesOf(reader, root, run)),
    documents: paths.map((path) => {
      const sizeBytes = reader.stat(`${root}/${path}`)?.sizeBytes ?? 0;
      return { path, changed: false, sizeBytes };
    }),
    changes: NO_CHANGES,
    findings: runs.flatMap(({ findings }) => [...findings]),
  };
}

/** Of a stream beside `images` a version is told with its stream before it. */
function changesOf({ stream, gathered }: StreamRun): Changes {
  if (gathered === undefined) return NO_CHANGES;
  const { published, products } = gathered;
  const changes = compareDocuments(
    typeof published === "string" ? NO_TEXTS : published,
    products.texts,
  );
  if (stream.name === IMAGES_STREAM) return changes;
  const named = (list: readonly string[]) => list.map((name) => `${stream.name}/${name}`);
  const { added, removed, changed } = changes;
  return { added: named(added), removed: named(removed), changed: named(changed) };
}

function keepFolderTimes(
  ports: DigestPorts,
  root: string,
  { stream, selection, unchanged }: StreamRun,
): void {
  if (unchanged === undefined || selection !== undefined) return;
  keepTimes(ports, root, { stream, snapshot: unchanged.known, times: unchanged.times });
}

function keepRun(
  ports: DigestPorts,
  root: string,
  run: StreamRun,
  { isChanged }: { readonly isChanged: boolean },
): readonly Finding[] {
  const { stream, gathered, unchanged, selection } = run;
  if (gathered !== undefined) return keepGathered(ports, root, { ...run, gathered }, { isChanged });
  if (unchanged === undefined) return [];
  // The index is another one now, and a snapshot is for one index
  const { known: snapshot, times } = unchanged;
  if (selection !== undefined) return isChanged ? forgetSnapshot(ports.writer, root, stream) : [];
  return keepSnapshot(ports, root, { stream, snapshot: { ...snapshot, times } });
}

function keepGathered(
  ports: DigestPorts,
  root: string,
  run: StreamRun & { readonly gathered: GatheredStream },
  { isChanged }: { readonly isChanged: boolean },
): readonly Finding[] {
  const { stream, tree, scannedAt, counts, gathered: { products, part } } = run;
  const findings = run.findings.filter(({ code }) => code !== "CACHE_NOT_WRITTEN");
  const seen = {
    counts,
    findings: sortFindings(findings),
    ...describeTree(tree, scannedAt, products.digested),
  };
  if (part === undefined) return keepSnapshot(ports, root, { stream, snapshot: seen });
  // Nothing is known of the rest of the tree, and a snapshot speaks of all that is published.
  if (part.kept === undefined) return [];
  const snapshot = mergeSnapshots(part.kept, seen, part.selection);
  if (!isChanged && isSameSnapshot(snapshot, part.kept)) return [];
  return keepSnapshot(ports, root, { stream, snapshot });
}

import { compareDocuments, NO_CHANGES } from "./changes.ts";
import type { DigestPorts } from "./digest_tree.ts";
import { IMAGES_PATH, INDEX_PATH, indexDocument, productsDocument } from "./format/documents.ts";
import { type Finding, sortFindings } from "./format/finding.ts";
import type { GatheredProducts } from "./gather_products.ts";
import type { IndexedTree, IndexResult } from "./index_result.ts";
import { describeTree, forgetSnapshot, keepSnapshot } from "./keep_snapshot.ts";
import { isSameSnapshot, mergeSnapshots } from "./partial_snapshot.ts";
import { applyPublish, planPublish, refuseToEmpty } from "./publish.ts";
import type { PublishedTexts } from "./read_published.ts";
import type { ScannedTree } from "./scan.ts";
import type { Selection } from "./selection.ts";
import type { Snapshot } from "./snapshot.ts";

/** What a run found out, and what was there before it. */
export interface IndexedProducts {
  readonly tree: ScannedTree;
  readonly scannedAt: Date;
  readonly gathered: GatheredProducts;
  /** About the tree, those of its products as well. */
  readonly findings: readonly Finding[];
  readonly published: PublishedTexts;
  /** When the run is for a part: that part, and what is known of the whole, if anything is. */
  readonly part: { readonly selection: Selection; readonly kept: Snapshot | undefined } | undefined;
}

/** What became, or would become, of the documents. */
export interface PublishedProducts extends Pick<IndexResult, "documents" | "changes" | "findings"> {
  readonly document: IndexedTree["document"];
}

/**
 * Publishes products and then keeps a snapshot of what they are made of; without `write` it only tells
 * what would become of the documents.
 *
 * @throws {StorageError} with the old documents whole
 * @throws {SimplestreamsError} `REFUSED` when an empty document would replace one with products
 */
export function publishGathered(
  ports: DigestPorts,
  root: string,
  indexed: IndexedProducts,
  options: { readonly write: boolean; readonly allowEmpty?: boolean },
): PublishedProducts {
  const { gathered: { texts, counts }, published, part } = indexed;
  const pieces = [...productsDocument(texts)];
  const plan = planPublish(ports.reader, root, [
    { path: IMAGES_PATH, pieces: () => pieces },
    { path: INDEX_PATH, pieces: () => [indexDocument([...texts.keys()])] },
  ]);
  const findings = [...indexed.findings];
  const isChanged = plan.some(({ changed }) => changed);
  if (options.write) {
    const before = typeof published === "string" ? published : published.size;
    if (!options.allowEmpty) refuseToEmpty(IMAGES_PATH, { before, after: counts.products });
    if (part !== undefined && part.kept === undefined && isChanged) {
      findings.push(...forgetSnapshot(ports.writer, root));
    }
    applyPublish(ports.writer, root, plan);
    findings.push(...keepIndexed(ports, root, indexed, { isChanged }));
  }
  const old = typeof published === "string" ? new Map<string, string>() : published;
  return {
    document: () => pieces,
    documents: plan.map(({ path, changed, sizeBytes }) => ({ path, changed, sizeBytes })),
    changes: plan[0]?.changed ? compareDocuments(old, texts) : NO_CHANGES,
    findings,
  };
}

function keepIndexed(
  ports: DigestPorts,
  root: string,
  indexed: IndexedProducts,
  { isChanged }: { readonly isChanged: boolean },
): readonly Finding[] {
  const { tree, scannedAt, gathered: { counts, digested }, part } = indexed;
  const findings = indexed.findings.filter(({ code }) => code !== "CACHE_NOT_WRITTEN");
  const seen = {
    counts,
    findings: sortFindings(findings),
    ...describeTree(tree, scannedAt, digested),
  };
  if (part === undefined) return keepSnapshot(ports, root, seen);
  // Nothing is known of the rest of the tree, and a snapshot speaks of all that is published.
  if (part.kept === undefined) return [];
  const merged = mergeSnapshots(part.kept, seen, part.selection);
  return !isChanged && isSameSnapshot(merged, part.kept) ? [] : keepSnapshot(ports, root, merged);
}

import type { DigestOptions, DigestPorts } from "./digest_tree.ts";
import { StorageError } from "./errors.ts";
import { type Finding, sortFindings, warning } from "./format/finding.ts";
import { productId } from "./format/model.ts";
import { gatherProducts } from "./gather_products.ts";
import { addHashed, type HashedCounts, type IndexedTree, unchangedTree } from "./index_result.ts";
import { keepTimes } from "./keep_snapshot.ts";
import { selectSnapshot } from "./partial_snapshot.ts";
import type { TreeReader } from "./ports.ts";
import { publishGathered } from "./publish_gathered.ts";
import { readPublished } from "./read_published.ts";
import { NO_REUSE } from "./reuse.ts";
import { type ScannedTree, scanTree } from "./scan.ts";
import { folderTimes, readHints } from "./scan_hints.ts";
import { findUnknown, type Selection } from "./selection.ts";
import { readSettings } from "./settings.ts";
import { readSnapshot } from "./snapshot.ts";
import { compareWithSnapshot, treeText } from "./tree_text.ts";
import { keepUnselected, needsWholeTree } from "./unselected.ts";

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
}

/** What one run over a tree looks at. */
interface RunOptions extends IndexOptions {
  readonly selection: Selection | undefined;
  /** What a narrower run before it has read. */
  readonly hashed: HashedCounts;
}

/**
 * Indexes a root: scans it, digests what is not known yet, and with `write` publishes both documents.
 * The caller holds the root's lock when it writes.
 *
 * @param root without a "/" at its end
 * @throws {StorageError} when the root is missing, or something cannot be read or written
 * @throws {BadFilesError} when settings files are bad; nothing is written then
 * @throws {SimplestreamsError} `REFUSED` when an empty document would replace one with products; and
 * when products are selected, but what stands there is no document that the others could stay in
 */
export async function indexTree(
  ports: DigestPorts,
  root: string,
  options: IndexOptions,
): Promise<IndexedTree> {
  requireRoot(ports.reader, root);
  return await runIndex(ports, root, {
    ...options,
    selection: options.products,
    hashed: { hashedFiles: 0, hashedBytes: 0 },
  });
}

async function runIndex(
  ports: DigestPorts,
  root: string,
  options: RunOptions,
): Promise<IndexedTree> {
  const { reader } = ports;
  const { selection, products: asked, write: written } = options;
  const widen = (hashed: HashedCounts) =>
    runIndex(ports, root, { ...options, selection: undefined, hashed });
  const { kept, known } = recall(reader, root, options);
  const tree = await scanTree(ports, root, {
    // Not kept in a variable: of 100,000 versions they are 40 MB, which would stay to the end.
    hints: known && readHints(known.tree, known.times),
    selection,
  });
  const now = ports.clock.now();
  const scope = selection?.selectors ?? "all";
  if (known !== undefined && known.tree === treeText(tree, now)) {
    const times = folderTimes(tree, now);
    if (written && !selection) keepTimes(ports, root, { snapshot: known, times });
    const counts = { ...known.counts, ...options.hashed };
    const findings = [...known.findings, ...findUnknown(asked, idsOf(tree))];
    return unchangedTree(reader, { root, scope, written, counts, findings });
  }

  const published = readPublished(reader, root);
  const others = selection ? keepUnselected(published, selection, { kept }) : NO_REUSE;
  const part = selection && { selection, kept };
  const settings = await readSettings(ports, tree.settings);
  if (part && needsWholeTree(reader, root, { ...part, tree, settings, others })) {
    return widen(options.hashed);
  }
  const gathered = await gatherProducts(ports, root, tree, {
    ...options,
    settings,
    trusted: known === undefined || typeof published === "string"
      ? undefined
      : { snapshot: known, products: published, unchanged: compareWithSnapshot(known.tree, now) },
    others,
  });
  const hashed = addHashed(options.hashed, gathered.digested);
  if (gathered.isInTheWay) return widen(hashed);
  const found = [...findMissingImages(tree, root), ...tree.findings, ...gathered.findings];
  const indexed = { tree, scannedAt: now, gathered, findings: found, published, part };
  const { document, documents, changes, findings } = publishGathered(ports, root, indexed, options);
  const ids = [...idsOf(tree), ...typeof published === "string" ? [] : published.keys()];
  return {
    document,
    result: {
      root,
      scope,
      written,
      counts: { ...gathered.counts, ...hashed },
      documents,
      changes,
      findings: sortFindings([...findings, ...findUnknown(asked, ids)]),
    },
  };
}

/** What is known of a tree before it is scanned: of all of it, and of what is looked at. */
function recall(reader: TreeReader, root: string, { useCache, selection }: RunOptions) {
  // For a part the whole snapshot is read even if it is not believed: what is not looked at stays in.
  const kept = useCache || selection ? readSnapshot(reader, root) : undefined;
  if (!useCache || kept === undefined) return { kept, known: undefined };
  return { kept, known: selection ? selectSnapshot(kept, selection) : kept };
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

function findMissingImages(tree: ScannedTree, root: string): readonly Finding[] {
  if (tree.hasImages) return [];
  const hint = root.split("/").at(-1) === "images" ? "; did you mean the directory above it?" : "";
  const message = `there is no such folder, so the document is empty${hint}`;
  return [warning("IMAGES_MISSING", "images", message)];
}

function idsOf(tree: ScannedTree): readonly string[] {
  return tree.products.map(productId);
}

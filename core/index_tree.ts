import { type Changes, compareDocuments, NO_CHANGES } from "./changes.ts";
import type { Counts } from "./count.ts";
import type { DigestOptions, DigestPorts } from "./digest_tree.ts";
import { isStorageError, StorageError } from "./errors.ts";
import {
  IMAGES_PATH,
  INDEX_PATH,
  indexDocument,
  productsDocument,
  publishedProducts,
} from "./format/documents.ts";
import { type Finding, sortFindings, warning } from "./format/finding.ts";
import { productPath } from "./format/model.ts";
import { gatherProducts } from "./gather_products.ts";
import type { TreeReader } from "./ports.ts";
import { applyPublish, planPublish, type PublishedState, refuseToEmpty } from "./publish.ts";
import { readRequirements } from "./requirements.ts";
import { type ScannedTree, scanTree } from "./scan.ts";
import { folderTimes, readHints } from "./scan_hints.ts";
import {
  compareWithSnapshot,
  readSnapshot,
  type Snapshot,
  snapshotText,
  treeText,
  writeSnapshot,
} from "./snapshot.ts";

/** A snapshot is written again for its time stamps alone when one in so many is new. */
const WORTH_KEEPING = 10;

/** How to index a tree. */
export interface IndexOptions extends DigestOptions {
  /** Whether a document that lists products may be replaced by an empty one. */
  readonly allowEmpty?: boolean;
}

/** What indexing a tree found, and wrote or would write. */
export interface IndexResult {
  readonly root: string;
  readonly written: boolean;
  readonly counts: Counts & { readonly hashedFiles: number; readonly hashedBytes: number };
  readonly documents: readonly PublishedState[];
  readonly changes: Changes;
  /** Sorted by path. */
  readonly findings: readonly Finding[];
}

/** The result, and the products document it speaks of. */
export interface IndexedTree {
  readonly result: IndexResult;
  /** The text of images.json in pieces. */
  readonly document: () => Iterable<string | Uint8Array>;
}

/**
 * Indexes a root: scans it, digests what is not known yet, and with `write` publishes both documents.
 * The caller holds the root's lock when it writes.
 *
 * @param root without a "/" at its end
 * @throws {StorageError} when the root is missing, or something cannot be read or written
 * @throws {BadFilesError} when requirements files are bad; nothing is written then
 * @throws {SimplestreamsError} `REFUSED` when an empty document would replace one with products
 */
export async function indexTree(
  ports: DigestPorts,
  root: string,
  options: IndexOptions,
): Promise<IndexedTree> {
  const { reader } = ports;
  requireRoot(reader, root);
  const snapshot = options.useCache ? readSnapshot(reader, root) : undefined;
  const tree = await scanTree(ports, root, snapshot && readHints(snapshot.tree, snapshot.times));
  const now = ports.clock.now();
  if (snapshot !== undefined && snapshot.tree === treeText(tree, now)) {
    if (options.write) {
      const times = folderTimes(tree, now);
      keepTimes(ports, root, { ...snapshot, times, before: snapshot.times });
    }
    return unchangedTree(reader, root, { snapshot, written: options.write });
  }

  const published = readPublished(reader, root);
  const { texts, counts, digested, findings: found } = await gatherProducts(ports, root, tree, {
    ...options,
    requirements: readRequirements(tree.requirements),
    trusted: snapshot === undefined || typeof published === "string"
      ? undefined
      : { snapshot, products: published, unchanged: compareWithSnapshot(snapshot, now) },
  });
  const findings = [...findMissingImages(tree, root), ...tree.findings, ...found];
  const pieces = [...productsDocument(texts)];
  const plan = planPublish(reader, root, [
    { path: IMAGES_PATH, pieces: () => pieces },
    { path: INDEX_PATH, pieces: () => [indexDocument([...texts.keys()])] },
  ]);
  if (options.write) {
    const before = typeof published === "string" ? published : published.size;
    if (!options.allowEmpty) refuseToEmpty(IMAGES_PATH, { before, after: counts.products });
    applyPublish(ports.writer, root, plan);
    findings.push(...keepSnapshot(ports, root, {
      counts,
      findings: sortFindings(findings.filter(({ code }) => code !== "CACHE_NOT_WRITTEN")),
      tree: snapshotText(asDigested(tree, digested.cached, now), now, digested.unsure),
      times: folderTimes(asDigested(tree, digested.cached, now), now),
    }));
  }
  const { hashedFiles, hashedBytes } = digested;
  const old = typeof published === "string" ? new Map<string, string>() : published;
  return {
    document: () => pieces,
    result: {
      root,
      written: options.write,
      counts: { ...counts, hashedFiles, hashedBytes },
      documents: plan.map(({ path, changed, sizeBytes }) => ({ path, changed, sizeBytes })),
      changes: plan[0]?.changed ? compareDocuments(old, texts) : NO_CHANGES,
      findings: sortFindings(findings),
    },
  };
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
    `Cannot index "${root}": ${found}, expected the directory that is served, with images/ in it`,
  );
}

/** The answer when nothing has changed since the documents were published. */
function unchangedTree(
  reader: TreeReader,
  root: string,
  known: { readonly snapshot: Snapshot; readonly written: boolean },
): IndexedTree {
  const { counts, findings } = known.snapshot;
  return {
    document: () => [reader.readBytes(`${root}/${IMAGES_PATH}`)],
    result: {
      root,
      written: known.written,
      counts: { ...counts, hashedFiles: 0, hashedBytes: 0 },
      documents: [IMAGES_PATH, INDEX_PATH].map((path) => {
        const sizeBytes = reader.stat(`${root}/${path}`)?.sizeBytes ?? 0;
        return { path, changed: false, sizeBytes };
      }),
      changes: NO_CHANGES,
      findings,
    },
  };
}

function readPublished(
  reader: TreeReader,
  root: string,
): ReadonlyMap<string, string> | "none" | "unreadable" {
  try {
    return publishedProducts(reader.readBytes(`${root}/${IMAGES_PATH}`)) ?? "unreadable";
  } catch (error) {
    if (isStorageError(error, "missing", "not-a-directory")) return "none";
    throw error;
  }
}

function findMissingImages(tree: ScannedTree, root: string): readonly Finding[] {
  if (tree.hasImages) return [];
  const hint = root.split("/").at(-1) === "images" ? "; did you mean the directory above it?" : "";
  const message = `there is no such folder, so the document is empty${hint}`;
  return [warning("IMAGES_MISSING", "images", message)];
}

/** The tree as it is after digesting: versions have caches that had none. */
function asDigested(
  tree: ScannedTree,
  cached: ReadonlySet<string>,
  now: Date,
): ScannedTree {
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

/** Writes down the folders that have settled since the snapshot was taken, if there are many. */
function keepTimes(
  ports: DigestPorts,
  root: string,
  snapshot: Snapshot & { readonly before: readonly number[] },
): void {
  const news = snapshot.times.filter((time, place) => time !== snapshot.before[place]).length;
  if (news * WORTH_KEEPING > snapshot.times.length) keepSnapshot(ports, root, snapshot);
}

function keepSnapshot(
  ports: DigestPorts,
  root: string,
  snapshot: Snapshot,
): readonly Finding[] {
  try {
    writeSnapshot(ports, root, snapshot);
    return [];
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return [warning(
      "CACHE_NOT_WRITTEN",
      ".simplestreams",
      `the next run looks at every file again: ${error.message}`,
    )];
  }
}

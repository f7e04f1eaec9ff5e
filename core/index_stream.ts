import type { Counts } from "./count.ts";
import type { DigestOptions, DigestPorts } from "./digest_tree.ts";
import { type Finding, warning } from "./format/finding.ts";
import { productId } from "./format/model.ts";
import { IMAGES_STREAM } from "./format/stream.ts";
import { type GatheredProducts, gatherProducts } from "./gather_products.ts";
import { addHashed, type HashedCounts } from "./index_result.ts";
import { selectSnapshot } from "./partial_snapshot.ts";
import type { TreeReader } from "./ports.ts";
import { type PublishedTexts, readPublished } from "./read_published.ts";
import { NO_REUSE } from "./reuse.ts";
import { type PathTest, type ScannedTree, scanTree } from "./scan.ts";
import { folderTimes, readHints } from "./scan_hints.ts";
import type { Selection } from "./selection.ts";
import { readSettings } from "./settings.ts";
import { readSnapshot, type Snapshot, type StreamPlace } from "./snapshot.ts";
import type { TakenNames } from "./taken_names.ts";
import { compareWithSnapshot, treeText } from "./tree_text.ts";
import { keepUnselected, needsWholeTree } from "./unselected.ts";

/** How to index a stream. */
export interface IndexStreamOptions extends DigestOptions {
  readonly selection: Selection | undefined;
  /** Whether a version's folder, or a file in one, has left the documents. */
  readonly isWithdrawn: PathTest;
  /** What the streams before this one have; they are as they were when nothing changed there. */
  readonly before: { readonly taken: () => TakenNames; readonly isChanged: boolean };
}

interface RunOptions extends IndexStreamOptions {
  /** What a narrower run before it has read. */
  readonly hashed: HashedCounts;
}

/** What a run over one stream found out; nothing is published yet. */
export interface StreamRun {
  readonly stream: StreamPlace;
  /** The folders that were looked at; all when it is not there. */
  readonly selection: Selection | undefined;
  readonly counts: Counts;
  readonly hashed: HashedCounts;
  readonly findings: readonly Finding[];
  readonly tree: ScannedTree;
  readonly scannedAt: Date;
  /** What the snapshot says that still holds, and the time stamps of the folders now. */
  readonly unchanged?: { readonly known: Snapshot; readonly times: readonly number[] };
  /** When there is something to publish, or to find out anew. */
  readonly gathered?: GatheredStream;
}

/** The products of a stream as they are to be published. */
export interface GatheredStream {
  readonly products: GatheredProducts;
  readonly published: PublishedTexts;
  /** When the run is for a part: that part, and what is known of the whole, if anything is. */
  readonly part: { readonly selection: Selection; readonly kept: Snapshot | undefined } | undefined;
}

/**
 * Scans a stream's folder and digests what is not known yet; publishes nothing.
 *
 * @throws {StorageError} when something cannot be read
 * @throws {BadFilesError} when settings files are bad
 * @throws {SimplestreamsError} `REFUSED` when products are selected, but what stands there is no
 * document that the others could stay in
 */
export async function indexStream(
  ports: DigestPorts,
  root: string,
  stream: StreamPlace,
  options: IndexStreamOptions,
): Promise<StreamRun> {
  // Products that are not selected may lose or get what an earlier stream took or gave back
  const selection = options.before.isChanged ? undefined : options.selection;
  const hashed = { hashedFiles: 0, hashedBytes: 0 };
  return await runStream(ports, root, stream, { ...options, selection, hashed });
}

async function runStream(
  ports: DigestPorts,
  root: string,
  stream: StreamPlace,
  options: RunOptions,
): Promise<StreamRun> {
  const { reader } = ports;
  const { selection } = options;
  const widen = (hashed: HashedCounts) =>
    runStream(ports, root, stream, { ...options, selection: undefined, hashed });
  const { kept, known } = recall(reader, root, stream, options);
  const tree = await scanTree(ports, root, {
    stream: stream.name,
    // Not kept in a variable: of 100,000 versions they are 40 MB, which would stay to the end.
    hints: known && readHints(known.tree, known.times),
    selection,
    isWithdrawn: options.isWithdrawn,
  });
  const now = ports.clock.now();
  const run = { stream, selection, tree, scannedAt: now };
  if (known !== undefined && known.tree === treeText(tree, now)) {
    const { counts, findings } = known;
    const unchanged = { known, times: folderTimes(tree, now) };
    return { ...run, counts, hashed: options.hashed, findings, unchanged };
  }

  const published = readPublished(reader, root, stream.name);
  const others = selection ? keepUnselected(published, selection, { stream, kept }) : NO_REUSE;
  const part = selection && { selection, kept };
  const settings = await readSettings(ports, tree.settings);
  if (part && needsWholeTree(reader, root, { ...part, tree, settings, others })) {
    return widen(options.hashed);
  }
  const gathered = await gatherProducts(ports, root, tree, {
    ...options,
    settings,
    taken: options.before.taken(),
    trusted: known === undefined || typeof published === "string"
      ? undefined
      : { snapshot: known, products: published, unchanged: compareWithSnapshot(known.tree, now) },
    others,
  });
  const hashed = addHashed(options.hashed, gathered.digested);
  if (gathered.isInTheWay) return widen(hashed);
  return {
    ...run,
    counts: gathered.counts,
    hashed,
    findings: [...findMissingFolder(tree, root), ...tree.findings, ...gathered.findings],
    gathered: { products: gathered, published, part },
  };
}

/** What is known of a stream before it is scanned: of all of it, and of what is looked at. */
function recall(
  reader: TreeReader,
  root: string,
  stream: StreamPlace,
  { useCache, selection, before }: RunOptions,
) {
  // For a part the whole snapshot is read even if it is not believed: what is not looked at stays in.
  const kept = useCache || selection ? readSnapshot(reader, root, stream) : undefined;
  if (!useCache || kept === undefined || before.isChanged) return { kept, known: undefined };
  return { kept, known: selection ? selectSnapshot(kept, selection) : kept };
}

function findMissingFolder({ stream, isThere }: ScannedTree, root: string): readonly Finding[] {
  if (isThere) return [];
  const isImages = stream === IMAGES_STREAM && root.split("/").at(-1) === IMAGES_STREAM;
  const hint = isImages ? "; did you mean the directory above it?" : "";
  const message = `there is no such folder, so the document is empty${hint}`;
  return [warning("IMAGES_MISSING", stream, message)];
}

/** Returns the ids of the products that a run has looked at. */
export function scannedIds({ tree }: StreamRun): readonly string[] {
  return tree.products.map(productId);
}

import { checkDigests } from "./check_digests.ts";
import { checkDeltaFiles } from "./check_delta_files.ts";
import { checkFiles } from "./check_files.ts";
import { findOutside } from "./find_outside.ts";
import { findUnlisted } from "./find_unlisted.ts";
import type { DeltaCoder } from "./delta_coder.ts";
import type { Counts } from "./count.ts";
import { compareWithIndex } from "./format/check_index.ts";
import type { DeltaClaim } from "./format/check_deltas.ts";
import { checkProduct } from "./format/check_product.ts";
import { createUniquenessCheck } from "./format/check_uniqueness.ts";
import { fault, type Finding, sortFindings } from "./format/finding.ts";
import { INDEX_PATH } from "./format/documents.ts";
import { FormatError, isStorageError } from "./errors.ts";
import type { FileClaim, FingerprintClaim } from "./format/listed_items.ts";
import type { HashedCounts } from "./index_result.ts";
import { requireRoot } from "./index_tree.ts";
import type { Clock, Hasher, Progress, TreeReader, TreeWriter } from "./ports.ts";
import { type ReadDocuments, readDocuments } from "./read_documents.ts";
import { createWithdrawnTest, WITHDRAWN_PATH } from "./withdrawn_state.ts";

/** What verifying needs from outside; nothing is written. */
export interface VerifyPorts {
  readonly reader: TreeReader;
  readonly hasher: Hasher;
  readonly clock: Clock;
  /** Only looked with. */
  readonly writer: Pick<TreeWriter, "identify">;
  /** Without it deltas are not decoded, which is a finding. */
  readonly coder?: DeltaCoder;
}

/** How to verify. */
export interface VerifyOptions {
  readonly concurrency: number;
  /** Whether files are looked at and not read: existence and size, no digest. */
  readonly fast?: boolean;
  readonly onProgress?: (progress: Progress) => void;
}

/** What verifying a tree found. */
export interface VerifyResult {
  readonly root: string;
  /** Of what the documents list; files each once. */
  readonly counts: Counts & HashedCounts & { readonly files: number };
  /** All of them, sorted by path. */
  readonly findings: readonly Finding[];
}

const PRODUCTS_A_TURN = 100;

/**
 * Compares the documents of a root with its files and with what clients accept, whoever wrote them.
 * Takes no lock: when documents are published meanwhile, all is done once more.
 *
 * @param root without a "/" at its end
 * @throws {StorageError} when the root is missing or no directory
 */
export async function verifyTree(
  ports: VerifyPorts,
  root: string,
  options: VerifyOptions,
): Promise<VerifyResult> {
  requireRoot(ports.reader, root);
  const first = await verifyOnce(ports, root, options);
  if (first.isCurrent()) return first.result;
  const second = await verifyOnce(ports, root, options);
  if (second.isCurrent()) return second.result;
  const message =
    "the documents were published anew twice while they were verified, so what they " +
    "say cannot be held against the files; verify again when no other run is at work";
  const findings = [fault("DOCUMENTS_CHANGING", INDEX_PATH, message)];
  return { ...second.result, findings };
}

async function verifyOnce(ports: VerifyPorts, root: string, options: VerifyOptions): Promise<{
  readonly result: VerifyResult;
  readonly isCurrent: () => boolean;
}> {
  const documents = readDocuments(ports.reader, root);
  const said = await checkProducts(ports, documents);
  const files = await checkFiles(ports, root, said.files);
  // Side by side: while other threads read files, this one looks at what is around them.
  const withdrawn = withdrawnTest(ports, root);
  const [digests, unlisted, outside] = await Promise.all([
    options.fast
      ? { findings: [], hashedFiles: 0, hashedBytes: 0 }
      : checkDigests(ports, { root, files: files.present, claims: said.claims }, options),
    documents.isComplete
      ? findUnlisted(ports, root, {
        listed: files.listed,
        isWithdrawn: withdrawn.test,
      })
      : [],
    findOutside(ports, root, files.present.map(({ path }) => path)),
  ]);
  const { hashedFiles, hashedBytes } = digests;
  const { present } = files;
  const wrong = new Set(digests.findings.map(({ path }) => path));
  const deltas = options.fast
    ? []
    : await checkDeltaFiles(ports, { root, files: present, claims: said.deltas, wrong }, options);
  const findings = [documents, said, files, digests, withdrawn].flatMap(({ findings }) => findings);
  return {
    isCurrent: documents.isCurrent,
    result: {
      root,
      counts: { ...said.counts, files: files.listed.size, hashedFiles, hashedBytes },
      findings: sortFindings(distinct([...findings, ...deltas, ...unlisted, ...outside])),
    },
  };
}

/** What is remembered cannot be read: index runs and prune refuse it, and the rest is as it is. */
function withdrawnTest(ports: VerifyPorts, root: string) {
  try {
    return { test: createWithdrawnTest(ports, root), findings: [] };
  } catch (error) {
    if (!(error instanceof FormatError) && !isStorageError(error)) throw error;
    return {
      test: () => false,
      findings: [fault("FILE_UNREADABLE", WITHDRAWN_PATH, error.message)],
    };
  }
}

/** What all products of all documents say, and what is wrong with that whatever the files are. */
async function checkProducts(
  { clock }: Pick<VerifyPorts, "clock">,
  { streams }: Pick<ReadDocuments, "streams">,
) {
  const now = clock.now();
  const unique = createUniquenessCheck();
  const files: FileClaim[] = [];
  const claims: FingerprintClaim[] = [];
  const deltas: DeltaClaim[] = [];
  const findings: Finding[] = [];
  let [products, versions] = [0, 0];
  for (const stream of streams) {
    const { path: document } = stream;
    const ids = new Set<string>();
    for (const [id, value] of stream.entries) {
      const checked = checkProduct(value, { document, id, now });
      ids.add(id);
      versions += checked.versions;
      for (const file of checked.files) files.push(file);
      for (const claim of checked.claims) claims.push(claim);
      for (const delta of checked.deltas) deltas.push(delta);
      findings.push(...checked.findings);
      // Clients read no stream of which the index lists no product
      if (stream.products.length > 0) findings.push(...unique.add(checked, { document, id }));
      if (++products % PRODUCTS_A_TURN === 0) await clock.turn();
    }
    for (const finding of compareWithIndex(stream, ids)) findings.push(finding);
  }
  return { files, claims, deltas, findings, counts: { products, versions, images: unique.images } };
}

/** A metadata file that is listed for both families of clients is told of once. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((one) => [JSON.stringify(one), one])).values()];
}

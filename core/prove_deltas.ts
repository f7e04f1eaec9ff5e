import { writeCache } from "./cache.ts";
import { countProgress } from "./count_progress.ts";
import type { DeltaCoder } from "./delta_coder.ts";
import type { DigestedTree, DigestOptions, DigestPorts } from "./digest_tree.ts";
import { eachLimited } from "./each_limited.ts";
import { isStorageError } from "./errors.ts";
import { NO_DIGESTS, type ProvenDelta } from "./format/digests.ts";
import { type Finding, warning } from "./format/finding.ts";
import { addHashed } from "./index_result.ts";
import { planProofs, type UnprovenDelta } from "./plan_proofs.ts";
import type { PlannedVersion, PlannedVersions } from "./plan_versions.ts";
import { describeDecoded } from "./describe_decoded.ts";
import type { HashOutcome, TreeReader } from "./ports.ts";

/** Versions that are digested, of products with all that are there. */
interface DigestedVersions {
  readonly products: PlannedVersions["products"];
  readonly digested: DigestedTree;
  /** A time before anything was read. */
  readonly now: Date;
}

/**
 * Returns the digests of versions with the deltas that are proven: decoded with the very base, each
 * makes the very target. One that does not would break the download on every host that has its base,
 * as no client takes the whole file then. What is proven is kept in the version's cache. One that the
 * published document lists between these roots, or that was just made of them, is read and not decoded.
 */
export async function proveDeltas(
  ports: DigestPorts,
  root: string,
  { products, digested, now }: DigestedVersions,
  options: DigestOptions,
): Promise<DigestedTree> {
  const hasDeltas = ({ files }: PlannedVersion) =>
    files.deltas.length + files.otherDeltas.length > 0;
  if (!products.some(({ versions }) => versions.some(hasDeltas))) return digested;
  const plan = planProofs(products, digested.digests, options.madeDeltas);
  const digests = digested.digests.map((known, place) =>
    known && { ...known, deltas: plan.proven[place] ?? NO_DIGESTS.deltas }
  );
  const findings = [...digested.findings, ...plan.findings];
  const { unproven } = plan;
  if (unproven.length === 0) return { ...digested, digests, findings };

  const unsure = new Set(digested.unsure);
  const coder = await ports.coder?.isThere() ? ports.coder : undefined;
  const isProvable = ({ seen }: UnprovenDelta) => coder !== undefined || seen !== undefined;
  for (const { folder, file } of unproven.filter((delta) => !isProvable(delta))) {
    unsure.add(folder);
    findings.push(unprovenFinding(`${folder}/${file.name}`));
  }
  const provable = unproven.filter(isProvable);
  const proofs = await decodeAll({ ...ports, coder }, root, provable, options);
  const requests = products.flatMap(({ versions }) => versions);
  const cached = new Set(digested.cached);
  for (const [at, delta] of provable.entries()) {
    const proof = proofs.outcomes[at];
    const [known, request] = [digests[delta.place], requests[delta.place]];
    if (proof === undefined || known === undefined || request === undefined) continue;
    if ("code" in proof) {
      findings.push(proof);
      if (proof.code !== "DELTA_WRONG") unsure.add(delta.folder);
      continue;
    }
    const content = { ...known, deltas: new Map([...known.deltas, [delta.file.name, proof]]) };
    digests[delta.place] = content;
    if (!options.write) continue;
    const hasCache = request.hasCache || cached.has(delta.folder);
    const outcome = writeCache(ports.writer, { ...request, hasCache, root }, {
      digests: content,
      now,
    });
    if (outcome === "written") cached.add(delta.folder);
    else if (outcome !== "nothing" && !findings.some(({ code }) => code === outcome.code)) {
      findings.push(outcome);
    }
  }
  return { digests, findings, unsure, cached, ...addHashed(digested, proofs) };
}

/** Reads each delta for its own digest, and then decodes it; one outcome each. */
async function decodeAll(
  ports: Pick<DigestPorts, "reader" | "hasher"> & { readonly coder: DeltaCoder | undefined },
  root: string,
  deltas: readonly UnprovenDelta[],
  options: DigestOptions,
) {
  const jobs = deltas.map(({ folder, file }) => ({
    metadata: [],
    roots: [`${root}/${folder}/${file.name}`],
    sizeBytes: file.sizeBytes,
  }));
  // What is decoded is as good as read
  const decoding = deltas.filter(({ seen }) => seen === undefined).map(({ base, target }) => ({
    metadata: [],
    roots: [base.path],
    sizeBytes: target.sizeBytes,
  }));
  const progress = countProgress([...jobs, ...decoding], options.onProgress);
  const { concurrency } = options;
  const hashed: HashOutcome[] = [];
  await ports.hasher.hash(jobs, {
    concurrency,
    onBytes: progress.addBytes,
    onOutcome(place, outcome) {
      hashed[place] = outcome;
      progress.addFiles(1);
    },
  });
  const outcomes: (ProvenDelta | Finding)[] = [];
  await eachLimited([...deltas.entries()], {
    concurrency,
    async action([place, delta]) {
      outcomes[place] = await proveOne(ports, root, {
        delta,
        outcome: hashed[place],
      });
      if (delta.seen !== undefined) return;
      progress.addBytes(delta.target.sizeBytes);
      progress.addFiles(1);
    },
  });
  const hashedBytes = jobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { outcomes, hashedFiles: jobs.length, hashedBytes };
}

async function proveOne(
  { reader, coder }: {
    readonly reader: TreeReader;
    readonly coder: DeltaCoder | undefined;
  },
  root: string,
  { delta, outcome }: { readonly delta: UnprovenDelta; readonly outcome: HashOutcome | undefined },
): Promise<ProvenDelta | Finding> {
  const { folder, file, base, target, seen } = delta;
  const path = `${folder}/${file.name}`;
  if (outcome === undefined || "unreadable" in outcome) {
    const reason = outcome?.reason ?? "it was not read";
    return warning("FILE_UNREADABLE", path, `is not listed: ${reason}`);
  }
  const full = `${root}/${path}`;
  const [read] = outcome.roots;
  const isSeen = seen !== undefined && seen.sha256 === read?.sha256;
  if (!isSeen && coder === undefined) return unprovenFinding(path);
  const made = isSeen || coder === undefined
    ? target
    : await coder.decode({ base: `${root}/${base.path}`, delta: full }, {
      limitBytes: target.sizeBytes,
    });
  const isSame = read?.sizeBytes === file.sizeBytes && read.mtimeMs === file.mtimeMs &&
    isAsScanned(reader, full, file);
  if (read === undefined || !isSame) {
    const message =
      "is not listed: the file changed while it was read; run again when it is complete";
    return warning("FILE_CHANGING", path, message);
  }
  if ("sha256" in made && made.sha256 === target.sha256) {
    const { sha256: baseSha256 } = base;
    return { sha256: read.sha256, baseSha256, targetSha256: made.sha256 };
  }
  const found = describeDecoded(made);
  if ("undecided" in made) {
    const message = `is not listed: it could not be decoded: ${found}; the next run tries again`;
    return warning("DELTA_UNPROVEN", path, message);
  }
  return warning(
    "DELTA_WRONG",
    path,
    `is not listed: with ${base.path} as its base it does not make ${target.path}: ${found}; ` +
      "remove it, or make it anew",
  );
}

function isAsScanned(
  reader: DigestPorts["reader"],
  path: string,
  file: UnprovenDelta["file"],
): boolean {
  try {
    const now = reader.stat(path);
    return now?.sizeBytes === file.sizeBytes && now.mtimeMs === file.mtimeMs &&
      now.inode === file.inode;
  } catch (error) {
    if (isStorageError(error)) return false;
    throw error;
  }
}

function unprovenFinding(path: string): Finding {
  return warning(
    "DELTA_UNPROVEN",
    path,
    'is not listed: there is no program "xdelta3" to see whether it makes the root beside it; a ' +
      "delta that does not would break downloads; install the package xdelta3",
  );
}

import { type CachedVersion, NO_CACHE, readCache, writeCache } from "./cache.ts";
import { countProgress } from "./count_progress.ts";
import type { DeltaCoder } from "./delta_coder.ts";
import {
  findMissingDigests,
  mergeDigests,
  NO_DIGESTS,
  type ProvenDelta,
  type VersionDigests,
} from "./format/digests.ts";
import { findUnifiedTypes } from "./find_unified_types.ts";
import { type Finding, warning } from "./format/finding.ts";
import { isUnsettled } from "./format/items_cache.ts";
import type { ArchiveInspector } from "./archive_ports.ts";
import type {
  Clock,
  Hasher,
  HashJob,
  HashOutcome,
  Progress,
  TreeReader,
  TreeWriter,
  YamlReader,
} from "./ports.ts";
import type { ScannedFile } from "./scan.ts";

/** A version whose files are to be digested. */
export interface DigestRequest extends CachedVersion {
  /** What is known of it without opening its cache. */
  readonly known: VersionDigests | undefined;
}

/** The digests of many versions. */
export interface DigestedTree {
  /** In the order of the requests; undefined where a file could not be read. */
  readonly digests: readonly (VersionDigests | undefined)[];
  readonly findings: readonly Finding[];
  /** Folders of versions that could not be digested. */
  readonly unsure: ReadonlySet<string>;
  /** Folders of versions that have a cache now, and had none or another one. */
  readonly cached: ReadonlySet<string>;
  readonly hashedFiles: number;
  readonly hashedBytes: number;
}

/** What digesting needs from outside. */
export interface DigestPorts {
  readonly reader: TreeReader;
  readonly writer: TreeWriter;
  readonly hasher: Hasher;
  readonly archives: ArchiveInspector;
  readonly yaml: YamlReader;
  readonly clock: Clock;
  /** Without it no delta can be proven, and so none that is not is listed. */
  readonly coder?: DeltaCoder;
}

/** How to digest. */
export interface DigestOptions {
  readonly concurrency: number;
  /** Whether caches are written; else nothing is. */
  readonly write: boolean;
  /** Whether caches are believed; else everything is read again. */
  readonly useCache: boolean;
  /** Deltas that were made and decoded just before, by path; they need not be once more. */
  readonly madeDeltas?: ReadonlyMap<string, ProvenDelta>;
  readonly onProgress?: (progress: Progress) => void;
}

interface Work {
  readonly place: number;
  readonly request: DigestRequest;
  readonly metadata: readonly ScannedFile[];
  readonly roots: readonly ScannedFile[];
  readonly job: HashJob;
}

/**
 * Returns the digests of versions: from what is known, else from their caches, else from their bytes.
 * A version's cache is written as soon as its files are read, so that a killed run loses little.
 */
export async function digestTree(
  ports: DigestPorts,
  root: string,
  requests: readonly DigestRequest[],
  options: DigestOptions,
): Promise<DigestedTree> {
  const { reader, clock } = ports;
  // Taken before the first byte is read: a file touched from now on is not settled when it is.
  const now = clock.now();
  const digests: (VersionDigests | undefined)[] = [];
  const findings: Finding[] = [];
  const unsure = new Set<string>();
  const work: Work[] = [];
  const cached = new Set<string>();
  let cacheTrouble: Finding | undefined;
  for (const [place, request] of requests.entries()) {
    const { known, missing, isOriginal } = findKnown(reader, root, request, options);
    digests.push(known);
    if (missing === undefined) {
      const isSettled = filesOf(request.files).every((file) => !isUnsettled(file, now));
      if (isOriginal && isSettled) keep(request, known);
      continue;
    }
    const unified = await findUnifiedTypes(ports, root, {
      folder: request.folder,
      files: missing.unified,
    });
    findings.push(...unified.findings);
    digests[place] = mergeDigests(known, unified);
    // A unified image is part of no other digest, so it needs no pass with the metadata files
    for (const one of [missing, { metadata: [], roots: unified.usable }]) {
      if (one.metadata.length + one.roots.length > 0) {
        work.push(planWork(root, { place, request, ...one }));
      }
    }
    if (place % 1000 === 999) await clock.turn();
  }

  const jobs = work.map(({ job }) => job);
  const progress = countProgress(jobs, options.onProgress);
  await ports.hasher.hash(jobs, {
    concurrency: options.concurrency,
    onBytes: progress.addBytes,
    onOutcome: (index, outcome) => {
      const one = work[index];
      if (one === undefined) return;
      progress.addFiles(one.metadata.length + one.roots.length);
      const { folder } = one.request;
      const problem = describeTrouble(root, one, outcome);
      if (problem !== undefined || "unreadable" in outcome) {
        digests[one.place] = undefined;
        unsure.add(folder);
        if (problem !== undefined) findings.push(problem);
        return;
      }
      // The other work of the same version had trouble
      const known = digests[one.place];
      if (known === undefined) return;
      const digested = digestsOfOutcome(one, outcome);
      const merged = known === NO_DIGESTS ? digested : mergeDigests(known, digested);
      digests[one.place] = merged;
      keep(one.request, merged);
    },
  });
  if (cacheTrouble !== undefined) findings.push(cacheTrouble);
  const { totalFiles: hashedFiles, totalBytes: hashedBytes } = progress;
  return { digests, findings, unsure, cached, hashedFiles, hashedBytes };

  function keep(request: DigestRequest, content: VersionDigests): void {
    if (!options.write) return;
    const outcome = writeCache(ports.writer, { ...request, root }, { digests: content, now });
    if (outcome === "written") cached.add(request.folder);
    // One read-only file system is one finding, not one for each of its versions.
    else if (outcome !== "nothing") cacheTrouble ??= outcome;
  }
}

function planWork(
  root: string,
  work: Omit<Work, "job">,
): Work {
  const { request, metadata, roots } = work;
  const sizeBytes = [...metadata, ...roots].reduce((sum, file) => sum + file.sizeBytes, 0);
  const paths = (list: readonly ScannedFile[]) =>
    list.map(({ name }) => `${root}/${request.folder}/${name}`);
  return { ...work, job: { metadata: paths(metadata), roots: paths(roots), sizeBytes } };
}

function filesOf(files: DigestRequest["files"]): readonly ScannedFile[] {
  return [...files.metadata, ...files.roots, ...files.unified, ...files.deltas].map(([, file]) =>
    file
  );
}

/** What is known of a version, asking its cache only for what is not known without it. */
function findKnown(
  reader: TreeReader,
  root: string,
  request: DigestRequest,
  options: DigestOptions,
) {
  const given = request.known ?? NO_DIGESTS;
  const missing = findMissingDigests(request.files, given);
  if (missing === undefined) return { known: given, missing, isOriginal: false };
  const cache = options.useCache ? readCache(reader, root, request) : NO_CACHE;
  const known = cache === NO_CACHE ? given : mergeDigests(given, cache.digests);
  const { isOriginal } = cache;
  return { known, missing: findMissingDigests(request.files, known), isOriginal };
}

function digestsOfOutcome(
  work: Work,
  outcome: Exclude<HashOutcome, { readonly unreadable: string }>,
): VersionDigests {
  const own = new Map<string, string>();
  const combined = new Map<string, Map<string, string>>();
  work.metadata.forEach((file, index) => {
    own.set(file.name, outcome.metadata[index]?.sha256 ?? "");
    combined.set(
      file.name,
      new Map(work.roots.map((root, at) => [
        root.name,
        outcome.roots[at]?.combined[index] ?? "",
      ])),
    );
  });
  work.roots.forEach((file, index) => own.set(file.name, outcome.roots[index]?.sha256 ?? ""));
  return { ...NO_DIGESTS, own, combined };
}

/** Returns what keeps a version from being published: an unreadable file, or one that is still being written. */
function describeTrouble(
  root: string,
  work: Work,
  outcome: HashOutcome,
): Finding | undefined {
  const { folder } = work.request;
  if ("unreadable" in outcome) {
    const path = outcome.unreadable.slice(root.length + 1);
    return warning("FILE_UNREADABLE", path, `its version is left out: ${outcome.reason}`);
  }
  const digests = [...outcome.metadata, ...outcome.roots];
  for (const [index, file] of [...work.metadata, ...work.roots].entries()) {
    const read = digests[index];
    if (read?.sizeBytes === file.sizeBytes && read.mtimeMs === file.mtimeMs) continue;
    return warning(
      "FILE_CHANGING",
      `${folder}/${file.name}`,
      "its version is left out: the file changed while it was read; run again when it is complete",
    );
  }
  return undefined;
}

import type { PresentFile } from "./check_files.ts";
import { countProgress } from "./count_progress.ts";
import { fault, type Finding } from "./format/finding.ts";
import type { FingerprintClaim } from "./format/listed_items.ts";
import { type HashGroup, planHashGroups } from "./format/plan_hash_groups.ts";
import type { HashedCounts } from "./index_result.ts";
import type { Hasher, HashOutcome, Progress } from "./ports.ts";

/** What came of reading files. */
export interface CheckedDigests extends HashedCounts {
  readonly findings: readonly Finding[];
}

/** How to read them. */
export interface CheckDigestsOptions {
  readonly concurrency: number;
  readonly onProgress?: (progress: Progress) => void;
}

type Digests = Exclude<HashOutcome, { readonly unreadable: string }>;

/** Returns which files have other digests than documents say, alone and two together. */
export async function checkDigests(
  ports: { readonly hasher: Hasher },
  tree: {
    readonly root: string;
    readonly files: readonly PresentFile[];
    readonly claims: readonly FingerprintClaim[];
  },
  options: CheckDigestsOptions,
): Promise<CheckedDigests> {
  const { root } = tree;
  const files = new Map(tree.files.map((file) => [file.path, file]));
  const claims = tree.claims.filter(({ metadata, root }) => files.has(metadata) && files.has(root));
  const groups = planHashGroups([...files.keys()], claims);
  const full = (path: string) => `${root}/${path}`;
  const jobs = groups.map(({ metadata, roots }) => ({
    metadata: metadata.map(full),
    roots: roots.map(full),
    sizeBytes: [...metadata, ...roots].reduce(
      (sum, path) => sum + (files.get(path)?.sizeBytes ?? 0),
      0,
    ),
  }));
  const findings: Finding[] = [];
  const unreadable = new Set<string>();
  const again = new Set<HashGroup>();
  const progress = countProgress(jobs, options.onProgress);
  await ports.hasher.hash(jobs, {
    concurrency: options.concurrency,
    onBytes: progress.addBytes,
    onOutcome(place, outcome) {
      const group = groups[place];
      if (group === undefined) return;
      progress.addFiles(group.metadata.length + group.roots.length);
      if (!("unreadable" in outcome)) {
        findings.push(...compareDigests(group, outcome, files));
        return;
      }
      const path = outcome.unreadable.slice(root.length + 1);
      findings.push(fault("FILE_UNREADABLE", path, outcome.reason));
      unreadable.add(path);
      again.add(group);
    },
  });
  const { totalFiles: hashedFiles, totalBytes: hashedBytes } = progress;
  if (again.size === 0) return { findings, hashedFiles, hashedBytes };
  // One file that cannot be read does not hide what is wrong with those beside it.
  const beside = [...again].flatMap((group) => [...group.metadata, ...group.roots])
    .flatMap((path) => unreadable.has(path) ? [] : files.get(path) ?? []);
  const rest = await checkDigests(ports, { ...tree, files: beside }, options);
  return { findings: [...findings, ...rest.findings], hashedFiles, hashedBytes };
}

function compareDigests(
  group: HashGroup,
  outcome: Digests,
  files: ReadonlyMap<string, PresentFile>,
): readonly Finding[] {
  const findings: Finding[] = [];
  const digests = [...outcome.metadata, ...outcome.roots];
  for (const [place, path] of [...group.metadata, ...group.roots].entries()) {
    const found = digests[place]?.sha256;
    for (const expected of files.get(path)?.sha256 ?? []) {
      if (found === expected) continue;
      const message =
        `has the sha256 ${found}, expected ${expected} as the document has it: clients ` +
        "refuse the download; put the right file back or index the tree again";
      findings.push(fault("FILE_DIGEST", path, message));
    }
  }
  for (const { metadata, root, field, fingerprint, place } of group.claims) {
    const combined = outcome.roots[group.roots.indexOf(root)]?.combined;
    const found = combined?.[group.metadata.indexOf(metadata)];
    if (found === fingerprint) continue;
    const message =
      `${place}with ${root} after it the sha256 is ${found}, expected ${fingerprint} ` +
      `as ${field} has it: clients refuse the image; index the tree again`;
    findings.push(fault("FINGERPRINT_WRONG", metadata, message));
  }
  return findings;
}

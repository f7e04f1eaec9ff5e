import type { PresentFile } from "./check_files.ts";
import { countProgress } from "./count_progress.ts";
import type { DeltaCoder } from "./delta_coder.ts";
import { describeDecoded } from "./describe_decoded.ts";
import { eachLimited } from "./each_limited.ts";
import type { DeltaClaim } from "./format/check_deltas.ts";
import { fault, type Finding, warning } from "./format/finding.ts";
import { INDEX_PATH } from "./format/documents.ts";
import type { Progress } from "./ports.ts";

/**
 * Returns which listed deltas do not make what is listed beside them. Files that are wrong in
 * themselves have been told of, and are not looked at again.
 */
export async function checkDeltaFiles(
  { coder }: { readonly coder?: DeltaCoder },
  tree: {
    readonly root: string;
    readonly files: readonly PresentFile[];
    readonly claims: readonly DeltaClaim[];
    /** Paths of files that are wrong. */
    readonly wrong: ReadonlySet<string>;
  },
  options: {
    readonly concurrency: number;
    readonly onProgress?: (progress: Progress) => void;
  },
): Promise<readonly Finding[]> {
  const { root, wrong } = tree;
  const sound = new Map(
    tree.files.flatMap((file) => wrong.has(file.path) ? [] : [[file.path, file] as const]),
  );
  const claims = tree.claims.filter(({ delta, base, target }) =>
    [delta, base, target].every((path) => sound.has(path))
  );
  if (claims.length === 0) return [];
  if (coder === undefined || !await coder.isThere()) {
    const message = `${claims.length} of the listed deltas were not decoded: there is no program ` +
      '"xdelta3"; one that makes something else breaks downloads; install the package xdelta3';
    return [warning("DELTA_UNPROVEN", INDEX_PATH, message)];
  }
  const sizeOf = (path: string) => sound.get(path)?.sizeBytes ?? 0;
  const jobs = claims.map(({ delta, target }) => ({
    metadata: [],
    roots: [delta],
    sizeBytes: sizeOf(target),
  }));
  const progress = countProgress(jobs, options.onProgress);
  const findings: Finding[] = [];
  await eachLimited(claims, {
    concurrency: options.concurrency,
    async action(claim) {
      const files = { base: `${root}/${claim.base}`, delta: `${root}/${claim.delta}` };
      const made = await coder.decode(files, { limitBytes: sizeOf(claim.target) });
      progress.addBytes(sizeOf(claim.target));
      progress.addFiles(1);
      if ("sha256" in made && made.sha256 === claim.sha256) return;
      const found = describeDecoded(made);
      if ("undecided" in made) {
        const message = `${claim.place}it could not be decoded: ${found}; verify again`;
        findings.push(warning("DELTA_UNPROVEN", claim.delta, message));
        return;
      }
      const message = `${claim.place}with ${claim.base} as its base it does not make ` +
        `${claim.target}: ${found}, expected ${claim.sha256}: a daemon that has the base cannot ` +
        "download the image; remove the delta and index the tree again";
      findings.push(fault("DELTA_WRONG", claim.delta, message));
    },
  });
  return findings;
}

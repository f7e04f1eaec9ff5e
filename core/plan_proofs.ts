import { isDiskDelta } from "./format/delta_files.ts";
import type { ProvenDelta, VersionDigests } from "./format/digests.ts";
import { type Finding, warning } from "./format/finding.ts";
import { baseFinding } from "./format/keep_deltas.ts";
import { printable } from "./format/text.ts";
import type { PlannedVersion, PlannedVersions } from "./plan_versions.ts";
import type { ScannedFile } from "./scan.ts";

/** A squashfs root whose digest is known. */
export interface KnownRoot {
  /** Relative to the root of the tree. */
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** A delta that has to be decoded before it can be listed. */
export interface UnprovenDelta {
  /** Which version of all it belongs to. */
  readonly place: number;
  readonly folder: string;
  readonly file: ScannedFile;
  readonly base: KnownRoot;
  readonly target: KnownRoot;
  /** What is proof enough when the delta is the very one that it says: then it need not be decoded. */
  readonly seen: ProvenDelta | undefined;
}

/** What is known of deltas, and what is to be found out. */
export interface PlannedProofs {
  /** For each version, in their order: the deltas whose proof holds for the roots as they are. */
  readonly proven: readonly ReadonlyMap<string, ProvenDelta>[];
  readonly unproven: readonly UnprovenDelta[];
  /** About those that could not be listed whatever is in them. */
  readonly findings: readonly Finding[];
}

/**
 * Returns which deltas of products are proven, and which have to be.
 *
 * @param made deltas that were decoded before, by path
 */
export function planProofs(
  products: PlannedVersions["products"],
  digests: readonly (VersionDigests | undefined)[],
  made: ReadonlyMap<string, ProvenDelta> = new Map(),
): PlannedProofs {
  const proven: ReadonlyMap<string, ProvenDelta>[] = [];
  const unproven: UnprovenDelta[] = [];
  const findings: Finding[] = [];
  let place = 0;
  for (const { versions } of products) {
    const first = place;
    const roots = new Map(
      versions.map((version, at) => [version.name, rootOf(version, digests[first + at])]),
    );
    for (const { name, folder, files, listedDeltas } of versions) {
      const known = digests[place];
      const holding = new Map<string, ProvenDelta>();
      for (const { name: other } of files.otherDeltas) findings.push(otherFinding(folder, other));
      for (const [{ base: baseName }, file] of files.deltas) {
        // Of a version that cannot be read no more is said
        if (known === undefined) continue;
        const [base, target] = [roots.get(baseName), roots.get(name)];
        if (base === undefined || target === undefined || baseName >= name) {
          const found = target === undefined
            ? "there is no squashfs root beside it"
            : whyNoBase(printable(baseName), baseName < name, roots.has(baseName));
          findings.push(baseFinding(`${folder}/${file.name}`, found));
          continue;
        }
        const isOfThese = (proof: ProvenDelta | undefined) =>
          proof?.baseSha256 === base.sha256 && proof.targetSha256 === target.sha256;
        const proof = known.deltas.get(file.name);
        if (proof !== undefined && isOfThese(proof)) holding.set(file.name, proof);
        else {
          const seen = [made.get(`${folder}/${file.name}`), listedDeltas.get(file.name)]
            .find(isOfThese);
          unproven.push({ place, folder, file, base, target, seen });
        }
      }
      proven.push(holding);
      place++;
    }
  }
  return { proven, unproven, findings };
}

function rootOf(
  { folder, files }: PlannedVersion,
  digests: VersionDigests | undefined,
): KnownRoot | undefined {
  for (const [{ ftype }, { name, sizeBytes }] of files.roots) {
    const sha256 = ftype === "squashfs" ? digests?.own.get(name) : undefined;
    if (sha256 !== undefined) return { path: `${folder}/${name}`, sha256, sizeBytes };
  }
  return undefined;
}

function whyNoBase(name: string, isOlder: boolean, isThere: boolean): string {
  if (!isThere) return `no version "${name}" of this product can be listed`;
  return isOlder ? `"${name}" has no squashfs root` : `"${name}" is no older version`;
}

function otherFinding(folder: string, name: string): Finding {
  const path = `${folder}/${name}`;
  // client-contract: Incus looks the base up by its squashfs fingerprint
  return isDiskDelta(name)
    ? warning(
      "DELTA_DISK",
      path,
      "is not listed: a host that has the container of its base could no longer fetch this VM, " +
        "and no daemon fetches a VM by a delta; remove it",
    )
    : baseFinding(path, "its name does not say what it is a delta of");
}

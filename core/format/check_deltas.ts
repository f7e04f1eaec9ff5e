import { DELTA_FTYPES } from "./delta_files.ts";
import { fault, type Finding, warning } from "./finding.ts";
import { PUBLISHED_METADATA } from "./image_files.ts";
import { isDigest, type ListedItem, type ListedVersion } from "./listed_items.ts";

/** What a document says of a delta: with one file it makes another, of this digest. */
export interface DeltaClaim {
  readonly delta: string;
  readonly base: string;
  readonly target: string;
  readonly sha256: string;
  /** What a message starts with: product and version. */
  readonly place: string;
}

/** A product's deltas: what is said of them, and what is wrong with that whatever the files are. */
export interface CheckedDeltas {
  /** Of those that daemons use. */
  readonly claims: readonly DeltaClaim[];
  readonly findings: readonly Finding[];
}

/**
 * Returns what is said of the deltas of a product, and what is wrong with that.
 *
 * @param versions sorted by name
 * @param at the document's path, and what messages start with
 */
export function checkDeltas(
  versions: readonly ListedVersion[],
  { document, place }: { readonly document: string; readonly place: string },
): CheckedDeltas {
  const findings: Finding[] = [];
  const claims: DeltaClaim[] = [];
  for (const version of versions) {
    const at = `${place}version "${version.name}": `;
    const deltas = version.items.filter(({ ftype }) => ftype === DELTA_FTYPES.squashfs);
    for (const delta of deltas) {
      const base = squashfsOf(versions.find(({ name }) => name === delta.deltaBase));
      const target = squashfsOf(version);
      const why = whyBaseUnusable(delta, version, versions) ??
        (base === undefined
          ? `the delta_base "${delta.deltaBase}" has no squashfs root`
          : undefined);
      if (why !== undefined) {
        // client-contract: an unknown `delta_base` is skipped safely
        const message =
          `${at}item "${delta.key}": ${why}, expected an older version of the product ` +
          "that is listed, with combined_squashfs_sha256: daemons pass this delta over";
        findings.push(warning("DELTA_BASE", document, message));
      } else if (target === undefined) {
        const message = `${at}item "${delta.key}": there is no squashfs item beside it, expected ` +
          "the root that it makes: no daemon can use this delta";
        findings.push(fault("DELTA_BASE", document, message));
      } else if (base !== undefined && isDigest(target.sha256)) {
        const { path, sha256 } = target;
        claims.push({ delta: delta.path, base: base.path, target: path, sha256, place: at });
      }
    }
    // client-contract: a daemon that holds two bases applies both and then refuses the image
    const usable = deltas.filter((delta) =>
      whyBaseUnusable(delta, version, versions) === undefined
    );
    if (usable.length > 1) {
      const message =
        `${at}lists ${usable.length} deltas, expected one at most: a daemon that holds ` +
        "two of the bases refuses the image; take all but one out";
      findings.push(fault("DELTA_TWICE", document, message));
    }
    // client-contract: Incus looks the base up by its squashfs fingerprint
    for (const delta of version.items.filter(({ ftype }) => ftype === DELTA_FTYPES.disk)) {
      const message =
        `${at}item "${delta.key}": lists a delta of a VM's disk: a host that has the ` +
        "container of its base can no longer fetch this VM; take the item out";
      findings.push(fault("DELTA_DISK", document, message));
    }
  }
  return { claims, findings };
}

function squashfsOf(version: ListedVersion | undefined): ListedItem | undefined {
  return version?.items.find(({ ftype }) => ftype === "squashfs");
}

function whyBaseUnusable(
  delta: ListedItem,
  version: ListedVersion,
  versions: readonly ListedVersion[],
): string | undefined {
  const { deltaBase } = delta;
  if (deltaBase === undefined || deltaBase === "") return "there is no delta_base";
  const base = versions.find(({ name }) => name === deltaBase);
  if (base === undefined) return `the delta_base "${deltaBase}" is not listed`;
  if (deltaBase >= version.name) return `the delta_base "${deltaBase}" is no older version`;
  const hasFingerprint = base.items.some(({ ftype, fields }) =>
    PUBLISHED_METADATA.some((metadata) => metadata.ftype === ftype) &&
    isDigest(fields.get("combined_squashfs_sha256"))
  );
  return hasFingerprint ? undefined : `the delta_base "${deltaBase}" has no squashfs fingerprint`;
}

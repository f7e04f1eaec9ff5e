import type { ProductDraft } from "./build.ts";
import {
  type DigestedTree,
  type DigestOptions,
  type DigestPorts,
  digestTree,
} from "./digest_tree.ts";
import type { Finding } from "./format/finding.ts";
import type { Version } from "./format/model.ts";
import { proveDeltas } from "./prove_deltas.ts";
import { finishVersion, planVersions, type TrustedDocument } from "./plan_versions.ts";
import type { ScannedProduct } from "./scan.ts";
import type { TreeSettings } from "./settings.ts";
import { readVersionNotes, type VersionNotes } from "./version_files.ts";

/** Products with the items of all their sound versions. */
export interface DigestedProducts extends Omit<DigestedTree, "digests"> {
  readonly drafts: readonly ProductDraft[];
  readonly findings: readonly Finding[];
}

/** What is known of products before a file is opened. */
export interface KnownOfProducts {
  readonly settings: TreeSettings;
  readonly trusted: TrustedDocument | undefined;
}

/**
 * Returns products ready to be built into a catalog: sound versions alone, all digests known.
 *
 * @throws {BadFilesError} naming every image.yaml of a version that cannot be used, before anything is read
 */
export async function digestProducts(
  ports: DigestPorts,
  root: string,
  products: readonly ScannedProduct[],
  options: DigestOptions & KnownOfProducts,
): Promise<DigestedProducts> {
  const { settings, trusted } = options;
  const planned = planVersions(products, trusted);
  const requests = planned.products.flatMap(({ versions }) => versions);
  const notes = await readVersionNotes(ports, root, requests);
  // Before the first byte is read: a file touched from now on is not settled when it is
  const now = ports.clock.now();
  const digested = await digestTree(ports, root, requests, options);
  const { digests, findings, ...proven } = await proveDeltas(ports, root, {
    products: planned.products,
    digested,
    now,
  }, options);
  const found = [...planned.findings, ...findings];
  let place = 0;
  const drafts = planned.products.map(({ product, versions }) => {
    let newest: VersionNotes | undefined;
    const finished = versions.flatMap((version): readonly Version[] => {
      const noted = notes[place];
      const { items, findings } = finishVersion(version, {
        digests: digests[place++],
        notes: noted,
      });
      found.push(...findings);
      if (items.length === 0) return [];
      newest = noted;
      const label = settings.labelOf(product, noted?.settings);
      return [
        label === undefined ? { name: version.name, items } : { name: version.name, items, label },
      ];
    });
    found.push(...newest?.settingsFindings ?? []);
    return { ...product, ...settings.of(product, newest?.settings), versions: finished };
  });
  return { ...proven, drafts, findings: found };
}

/** Returns what two rounds of digesting came to. */
export function joinDigested(one: DigestedProducts, other: DigestedProducts): DigestedProducts {
  return {
    drafts: [...one.drafts, ...other.drafts],
    findings: [...one.findings, ...other.findings],
    unsure: new Set([...one.unsure, ...other.unsure]),
    cached: new Set([...one.cached, ...other.cached]),
    hashedFiles: one.hashedFiles + other.hashedFiles,
    hashedBytes: one.hashedBytes + other.hashedBytes,
  };
}

import type { ProductDraft } from "./build.ts";
import {
  type DigestedTree,
  type DigestOptions,
  type DigestPorts,
  digestTree,
} from "./digest_tree.ts";
import type { Finding } from "./format/finding.ts";
import { finishVersion, planVersions, type TrustedDocument } from "./plan_versions.ts";
import type { TreeRequirements } from "./requirements.ts";
import type { ScannedProduct } from "./scan.ts";

/** Products with the items of all their sound versions. */
export interface DigestedProducts extends Omit<DigestedTree, "digests"> {
  readonly drafts: readonly ProductDraft[];
  readonly findings: readonly Finding[];
}

/** What is known of products before a file is opened. */
export interface KnownOfProducts {
  readonly requirements: TreeRequirements;
  readonly trusted: TrustedDocument | undefined;
}

/** Returns products ready to be built into a catalog: sound versions alone, all digests known. */
export async function digestProducts(
  ports: DigestPorts,
  root: string,
  products: readonly ScannedProduct[],
  options: DigestOptions & KnownOfProducts,
): Promise<DigestedProducts> {
  const { requirements, trusted } = options;
  const planned = planVersions(products, trusted);
  const requests = planned.products.flatMap(({ versions }) => versions);
  const { digests, findings, ...digested } = await digestTree(ports, root, requests, options);
  let place = 0;
  const drafts = planned.products.map(({ product, versions }) => ({
    ...product,
    ...requirements.of(product),
    versions: versions.flatMap((version) => finishVersion(version, digests[place++])),
  }));
  return { ...digested, drafts, findings: [...planned.findings, ...findings] };
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

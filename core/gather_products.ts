import { buildCatalog } from "./build.ts";
import { countProducts, type Counts } from "./count.ts";
import type { DigestOptions, DigestPorts } from "./digest_tree.ts";
import { type DigestedProducts, digestProducts, joinDigested } from "./digest_products.ts";
import { productTexts } from "./format/documents.ts";
import type { Finding } from "./format/finding.ts";
import { productId } from "./format/model.ts";
import {
  changedProducts,
  findReusable,
  isInTheWay,
  NO_REUSE,
  type ReusedProducts,
} from "./reuse.ts";
import type { ScannedTree } from "./scan.ts";
import type { TreeSettings } from "./settings.ts";
import type { Snapshot } from "./snapshot.ts";
import type { TakenNames } from "./taken_names.ts";
import type { UnchangedTest } from "./tree_text.ts";

/** What a tree's products document will hold. */
export interface GatheredProducts {
  /** Whether one of the tree is in the way of one beside it; then this must not be published. */
  readonly isInTheWay: boolean;
  /** Id to JSON text. */
  readonly texts: ReadonlyMap<string, string>;
  readonly findings: readonly Finding[];
  readonly digested: DigestedProducts;
  readonly counts: Counts;
}

/** The documents as they stand, and the snapshot that belongs to them. */
export interface TrustedState {
  readonly snapshot: Snapshot;
  readonly products: ReadonlyMap<string, string>;
  readonly unchanged: UnchangedTest;
}

/** What is known before a tree's products are gathered. */
export interface GatherOptions extends DigestOptions {
  readonly settings: TreeSettings;
  /** What products of other streams have. */
  readonly taken: TakenNames;
  readonly trusted: TrustedState | undefined;
  /** Products beside those of the tree, which stay as they are. */
  readonly others: ReusedProducts;
}

/**
 * Returns the products of a scanned tree as they are to be published. Products that have not changed
 * are taken from the published document as text, unless a changed one is in their way.
 */
export async function gatherProducts(
  ports: DigestPorts,
  root: string,
  tree: ScannedTree,
  options: GatherOptions,
): Promise<GatheredProducts> {
  const { settings, trusted: state, others } = options;
  const trusted = state && { products: state.products, isUnchanged: state.unchanged.version };
  const digest = (products: typeof tree.products) =>
    digestProducts(ports, root, products, { ...options, trusted });

  let reused = state === undefined ? NO_REUSE : findReusable(tree, state.products, state);
  let digested = await digest(changedProducts(tree, reused));
  if (isInTheWay(digested.drafts, reused)) {
    const { texts } = reused;
    const rest = tree.products.filter((product) => texts.has(productId(product)));
    digested = joinDigested(digested, await digest(rest));
    reused = NO_REUSE;
  }
  const built = buildCatalog(digested.drafts, options.taken);
  const texts = new Map([...others.texts, ...reused.texts, ...productTexts(built.catalog)]);
  const findings = [
    ...settings.findings,
    ...reused.findings,
    ...digested.findings,
    ...built.findings,
  ];
  return {
    isInTheWay: isInTheWay(digested.drafts, others),
    texts,
    findings,
    digested,
    counts: countProducts(built.catalog, [others, reused]),
  };
}

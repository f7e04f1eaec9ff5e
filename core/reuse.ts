import { defaultAliases } from "./format/aliases.ts";
import { canonicalArchitecture } from "./format/architecture.ts";
import { fingerprintsIn } from "./format/documents.ts";
import type { Finding } from "./format/finding.ts";
import { type Product, productId, type ProductName, productPath } from "./format/model.ts";
import type { ScannedProduct, ScannedTree } from "./scan.ts";
import type { Snapshot, UnchangedTest } from "./snapshot.ts";

/** Products that are published as they were, because nothing of them has changed. */
export interface ReusedProducts {
  /** Id to JSON text; empty when everything has to be looked at. */
  readonly texts: ReadonlyMap<string, string>;
  /** What was found about them. */
  readonly findings: readonly Finding[];
  readonly aliases: ReadonlySet<string>;
  readonly fingerprints: ReadonlySet<string>;
}

/** Nothing is reused. */
export const NO_REUSE: ReusedProducts = {
  texts: new Map(),
  findings: [],
  aliases: new Set(),
  fingerprints: new Set(),
};

/**
 * Returns the products whose published text still holds: all versions as they were, and no rule
 * between products at work on them. That is all but one of a nightly run's products.
 */
export function findReusable(
  tree: ScannedTree,
  published: ReadonlyMap<string, string>,
  known: { readonly snapshot: Snapshot; readonly unchanged: UnchangedTest },
): ReusedProducts {
  const { snapshot, unchanged } = known;
  // One product's loss may have been another one's gain: those are settled among all of them.
  const isEntangled = snapshot.findings.some(({ code }) =>
    code === "FINGERPRINT_TAKEN" || code === "ALIAS_TAKEN"
  );
  if (isEntangled || !unchanged.requirements(tree)) return NO_REUSE;
  const texts = new Map<string, string>();
  const folders = new Set<string>();
  const aliases = new Set<string>();
  const fingerprints = new Set<string>();
  for (const product of tree.products) {
    const id = productId(product);
    const text = published.get(id);
    if (text === undefined || !unchanged.product(product)) continue;
    texts.set(id, text);
    folders.add(productPath(product));
    for (const alias of aliasesOf(product)) aliases.add(alias);
    for (const fingerprint of fingerprintsIn(text)) fingerprints.add(fingerprint);
  }
  // What was found in requirements files is found again in each run.
  const findings = snapshot.findings.filter(({ code, path }) =>
    !code.startsWith("REQUIREMENT_") && folders.has(firstFolders(path))
  );
  return { texts, findings, aliases, fingerprints };
}

/** Returns whether changed products have an alias or fingerprint in common with those that are reused. */
export function isInTheWay(
  products: readonly (ProductName & Pick<Product, "versions">)[],
  reused: ReusedProducts,
): boolean {
  return products.some((product) =>
    aliasesOf(product).some((alias) => reused.aliases.has(alias)) ||
    product.versions.some(({ items }) =>
      items.some(({ combined }) =>
        [...combined.values()].some((fingerprint) => reused.fingerprints.has(fingerprint))
      )
    )
  );
}

/** Returns the products of a tree that are not reused. */
export function changedProducts(
  tree: ScannedTree,
  reused: ReusedProducts,
): readonly ScannedProduct[] {
  if (reused.texts.size === 0) return tree.products;
  return tree.products.filter((product) => !reused.texts.has(productId(product)));
}

/** Aliases with the architecture that they are for: only such two can be in each other's way. */
function aliasesOf(product: ProductName): readonly string[] {
  const arch = canonicalArchitecture(product.arch) ?? product.arch;
  return defaultAliases(product).map((alias) => `${arch}:${alias}`);
}

/** `images/os/release/arch/variant` of a path in it. */
function firstFolders(path: string): string {
  return path.split("/", 5).join("/");
}

import type { ProductDraft } from "./build.ts";
import { aliasKey } from "./format/aliases.ts";
import { fingerprintsIn, versionNamesIn } from "./format/documents.ts";
import { fingerprintsOf } from "./format/items.ts";
import type { Finding } from "./format/finding.ts";
import { productId, productPath } from "./format/model.ts";
import { isSettingsFile } from "./format/settings_files.ts";
import { aliasKeysIn } from "./format/published_aliases.ts";
import type { ScannedProduct, ScannedTree } from "./scan.ts";
import type { Snapshot } from "./snapshot.ts";
import type { UnchangedTest } from "./tree_text.ts";

/** Products that are published as they were: nothing of them has changed, or they are not selected. */
export interface ReusedProducts {
  /** Id to JSON text; empty when everything has to be looked at. */
  readonly texts: ReadonlyMap<string, string>;
  /** How many versions they have together. */
  readonly versions: number;
  /** What was found about them. */
  readonly findings: readonly Finding[];
  /** As `aliasKey` gives them. */
  readonly aliases: ReadonlySet<string>;
  readonly fingerprints: ReadonlySet<string>;
}

/** Nothing is reused. */
export const NO_REUSE: ReusedProducts = {
  texts: new Map(),
  versions: 0,
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
  if (isEntangled || !unchanged.settings(tree)) return NO_REUSE;
  const texts = new Map<string, string>();
  const folders = new Set<string>();
  const aliases = new Set<string>();
  const fingerprints = new Set<string>();
  let versions = 0;
  for (const product of tree.products) {
    const id = productId(product);
    const text = published.get(id);
    if (text === undefined || !unchanged.product(product)) continue;
    texts.set(id, text);
    versions += versionNamesIn(text).length;
    folders.add(productPath(product));
    for (const alias of aliasKeysIn(text)) aliases.add(alias);
    for (const fingerprint of fingerprintsIn(text)) fingerprints.add(fingerprint);
  }
  // What was found in settings files of levels is found again in each run.
  const findings = snapshot.findings.filter(({ path }) =>
    !isLevelFile(path) && folders.has(firstFolders(path))
  );
  return { texts, versions, findings, aliases, fingerprints };
}

/** Returns whether products have an alias or fingerprint in common with those that are reused. */
export function isInTheWay(
  products: readonly ProductDraft[],
  reused: ReusedProducts,
): boolean {
  if (reused.texts.size === 0) return false;
  return products.some((product) => hasAliasOf(product.arch, product.aliases, reused)) ||
    products.some((product) =>
      product.versions.some(({ items }) =>
        items.some((item) =>
          fingerprintsOf(item).some((fingerprint) => reused.fingerprints.has(fingerprint))
        )
      )
    );
}

/** Returns whether one of these aliases of an architecture is had by a product that is reused. */
export function hasAliasOf(
  arch: string,
  aliases: readonly string[],
  reused: ReusedProducts,
): boolean {
  return aliases.some((alias) => reused.aliases.has(aliasKey(arch, alias)));
}

/** Returns the products of a tree that are not reused. */
export function changedProducts(
  tree: ScannedTree,
  reused: ReusedProducts,
): readonly ScannedProduct[] {
  if (reused.texts.size === 0) return tree.products;
  return tree.products.filter((product) => !reused.texts.has(productId(product)));
}

/** `images/os/release/arch/variant` of a path in it. */
function firstFolders(path: string): string {
  return path.split("/", 5).join("/");
}

/** Whether a path is that of a settings file of a level, not of a version. */
function isLevelFile(path: string): boolean {
  return path.split("/").length <= 6 && isSettingsFile(path);
}

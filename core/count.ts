import { versionNamesIn } from "./format/documents.ts";
import type { Catalog } from "./format/model.ts";
import type { ReusedProducts } from "./reuse.ts";

/** How much a catalog holds. */
export interface Counts {
  readonly products: number;
  readonly versions: number;
  /** Different fingerprints: an image that both families of clients see is one. */
  readonly images: number;
}

/** Returns how much is published: products that were built, and those that are reused. */
export function countProducts(catalog: Catalog, reused: ReusedProducts): Counts {
  let versions = 0;
  const fingerprints = new Set(reused.fingerprints);
  for (const text of reused.texts.values()) versions += versionNamesIn(text).length;
  for (const product of catalog.products) {
    versions += product.versions.length;
    for (const version of product.versions) {
      for (const { combined } of version.items) {
        for (const fingerprint of combined.values()) fingerprints.add(fingerprint);
      }
    }
  }
  const products = catalog.products.length + reused.texts.size;
  return { products, versions, images: fingerprints.size };
}

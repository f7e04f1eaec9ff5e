import { fingerprintsOf } from "./format/items.ts";
import type { Catalog } from "./format/model.ts";
import type { ReusedProducts } from "./reuse.ts";

/** How much a catalog holds. */
export interface Counts {
  readonly products: number;
  readonly versions: number;
  /** Different fingerprints: an image that both families of clients see is one. */
  readonly images: number;
}

/** Returns how much is published: products that were built, and all those that are reused. */
export function countProducts(catalog: Catalog, reused: readonly ReusedProducts[]): Counts {
  let products = catalog.products.length;
  let versions = 0;
  const fingerprints = new Set<string>();
  for (const one of reused) {
    products += one.texts.size;
    versions += one.versions;
    for (const fingerprint of one.fingerprints) fingerprints.add(fingerprint);
  }
  for (const product of catalog.products) {
    versions += product.versions.length;
    for (const version of product.versions) {
      for (const item of version.items) {
        for (const fingerprint of fingerprintsOf(item)) fingerprints.add(fingerprint);
      }
    }
  }
  return { products, versions, images: fingerprints.size };
}

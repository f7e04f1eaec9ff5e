import type { Catalog } from "./format/model.ts";

/** How much a catalog holds. */
export interface Counts {
  readonly products: number;
  readonly versions: number;
  /** Different fingerprints: an image that both families of clients see is one. */
  readonly images: number;
}

/** Returns how much a catalog holds. */
export function countCatalog(catalog: Catalog): Counts {
  let versions = 0;
  const fingerprints = new Set<string>();
  for (const product of catalog.products) {
    versions += product.versions.length;
    for (const version of product.versions) {
      for (const item of version.items) {
        for (const fingerprint of item.combined.values()) fingerprints.add(fingerprint);
      }
    }
  }
  return { products: catalog.products.length, versions, images: fingerprints.size };
}

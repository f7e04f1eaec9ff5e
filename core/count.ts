import { countVersionsIn, fingerprintsIn } from "./format/documents.ts";

/** How much a catalog holds. */
export interface Counts {
  readonly products: number;
  readonly versions: number;
  /** Different fingerprints: an image that both families of clients see is one. */
  readonly images: number;
}

/** Returns how much a catalog holds, from its products' JSON texts. */
export function countProducts(products: ReadonlyMap<string, string>): Counts {
  let versions = 0;
  const fingerprints = new Set<string>();
  for (const text of products.values()) {
    versions += countVersionsIn(text);
    for (const fingerprint of fingerprintsIn(text)) fingerprints.add(fingerprint);
  }
  return { products: products.size, versions, images: fingerprints.size };
}

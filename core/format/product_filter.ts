import { canonicalArchitecture, isArchitectureOf } from "./architecture.ts";
import type { ImageType } from "./image_files.ts";
import type { ClientKind, ProductName } from "./model.ts";
import type { PublishedImage } from "./published_images.ts";
import type { PublishedProduct } from "./published_product.ts";

/** Which products and images are wanted; what is not given leaves all through. */
export interface ProductFilter {
  readonly os?: string;
  readonly release?: string;
  /** Any spelling of it. */
  readonly arch?: string;
  readonly variant?: string;
  readonly type?: ImageType;
  /** Those that this family of clients lists. */
  readonly client?: ClientKind;
}

/**
 * Returns whether a product passes a filter as far as its names tell.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { matchesNames } from "./product_filter.ts";
 * const name = { os: "debian", release: "12", arch: "amd64", variant: "default" };
 * assert.equal(matchesNames(name, { os: "debian", arch: "x86_64" }), true);
 * assert.equal(matchesNames(name, { os: "Debian" }), false);
 * ```
 */
export function matchesNames(product: ProductName, filter: ProductFilter): boolean {
  const { os = product.os, release = product.release, variant = product.variant } = filter;
  return os === product.os && release === product.release && variant === product.variant &&
    (filter.arch === undefined || isSameArchitecture(filter.arch, product.arch)) &&
    (filter.client === undefined || isArchitectureOf(filter.client, product.arch));
}

/**
 * Returns a product with the images that pass a filter by type and client, and the versions that have
 * one; undefined when none is left. The names are not looked at.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { filterImages } from "./product_filter.ts";
 * import { parsePublishedProduct } from "./published_product.ts";
 * const product = parsePublishedProduct("a:b:c:d", "{}") ?? assert.fail();
 * assert.equal(filterImages(product, {}), product);
 * assert.equal(filterImages(product, { type: "container" }), undefined);
 * ```
 */
export function filterImages(
  product: PublishedProduct,
  filter: Pick<ProductFilter, "type" | "client">,
): PublishedProduct | undefined {
  const { type, client } = filter;
  if (type === undefined && client === undefined) return product;
  const isWanted = (image: PublishedImage) =>
    (type === undefined || image.type === type) &&
    (client === undefined || image.clients.includes(client));
  const versions = product.versions
    .map(({ name, images }) => ({ name, images: images.filter(isWanted) }))
    .filter(({ images }) => images.length > 0);
  return versions.length === 0 ? undefined : { ...product, versions };
}

function isSameArchitecture(a: string, b: string): boolean {
  return (canonicalArchitecture(a) ?? a) === (canonicalArchitecture(b) ?? b);
}

import type { ProductSettings } from "./product_settings.ts";

/** The catalog in memory: what the documents say, in the field's words, before it is written. */

/** Text to text, in no particular order; written with sorted keys. */
export type TextMap = ReadonlyMap<string, string>;

/** Text to text as a plain object, as JSON has it; sorted by key, but numbers as keys come first. */
export type TextRecord = Readonly<Record<string, string>>;

/** The two families of clients; each reads a metadata file and requirements of its own. */
export type ClientKind = "incus" | "lxd";

/** The four names that make a product. */
export interface ProductName {
  readonly os: string;
  readonly release: string;
  readonly arch: string;
  readonly variant: string;
}

/** A product and where it lies: in the folder of a stream, whose document lists it. */
export interface ProductPlace extends ProductName {
  /** `images`, or the name of another folder of the root. */
  readonly stream: string;
}

/** One file of a version, as the document lists it. */
export interface Item {
  /** Its name in the document; clients do not look at it. Unique in a version. */
  readonly key: string;
  readonly ftype: string;
  /** Relative to the root, `/` between names, written raw. */
  readonly path: string;
  readonly sizeBytes: number;
  /** 64 lower-case hex digits, as all digests here. */
  readonly sha256: string;
  /** Fingerprints on a metadata item: field name (`combined_squashfs_sha256`) to digest. */
  readonly combined: TextMap;
  /** On the item of a unified image alone, for one that is a VM; without it clients take a container. */
  readonly combinedType?: "virtual-machine";
  /** On the item of a delta alone: the name of the version that it is made from. */
  readonly deltaBase?: string;
}

/** One build of a product. */
export interface Version {
  readonly name: string;
  /** Sorted by key. */
  readonly items: readonly Item[];
  readonly label?: string;
}

/** A product with all its versions. */
export interface Product extends ProductPlace {
  /** The full one first, as the original tool has them; unique within an architecture in a catalog. */
  readonly aliases: readonly string[];
  readonly settings: ProductSettings;
  readonly requirements: TextMap;
  readonly lxdRequirements: TextMap;
  /** Sorted by name, the oldest first. */
  readonly versions: readonly Version[];
}

/** What one document lists: the products of a stream, sorted by id. */
export interface Catalog {
  readonly products: readonly Product[];
}

/**
 * Returns a product's id, `os:release:arch:variant`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { productId } from "./model.ts";
 * const name = { os: "debian", release: "12", arch: "amd64", variant: "default" };
 * assert.equal(productId(name), "debian:12:amd64:default");
 * ```
 */
export function productId(name: ProductName): string {
  return `${name.os}:${name.release}:${name.arch}:${name.variant}`;
}

/** Returns a product's folder relative to the root, `stream/os/release/arch/variant`. */
export function productPath(place: ProductPlace): string {
  return `${place.stream}/${place.os}/${place.release}/${place.arch}/${place.variant}`;
}

/**
 * Returns the id of the product to which a file of the tree belongs by its path,
 * `stream/os/release/arch/variant/version/file`; undefined for a path of another shape.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { productIdOfPath } from "./model.ts";
 * const path = "images/debian/12/amd64/default/20240101/incus.tar.xz";
 * assert.equal(productIdOfPath(path), "debian:12:amd64:default");
 * assert.equal(productIdOfPath("images/debian/12"), undefined);
 * ```
 */
export function productIdOfPath(path: string): string | undefined {
  const [top, os, release, arch, variant, version, file, ...rest] = path.split("/");
  if (!top || rest.length > 0) return undefined;
  if (!os || !release || !arch || !variant || !version || !file) return undefined;
  return productId({ os, release, arch, variant });
}

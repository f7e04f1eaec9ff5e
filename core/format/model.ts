/** The catalog in memory: what the documents say, in the field's words, before it is written. */

/** Text to text, in no particular order; written with sorted keys. */
export type TextMap = ReadonlyMap<string, string>;

/** The two families of clients; each reads a metadata file and requirements of its own. */
export type ClientKind = "incus" | "lxd";

/** The four names that make a product. */
export interface ProductName {
  readonly os: string;
  readonly release: string;
  readonly arch: string;
  readonly variant: string;
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
}

/** One build of a product. */
export interface Version {
  readonly name: string;
  /** Sorted by key. */
  readonly items: readonly Item[];
}

/** A product with all its versions. */
export interface Product extends ProductName {
  /** The full one first, as the original tool has them; unique within an architecture in a catalog. */
  readonly aliases: readonly string[];
  readonly requirements: TextMap;
  readonly lxdRequirements: TextMap;
  /** Sorted by name, the oldest first. */
  readonly versions: readonly Version[];
}

/** Everything that is published: one stream of products, sorted by id. */
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

/** Returns a product's folder relative to the root, `images/os/release/arch/variant`. */
export function productPath(name: ProductName): string {
  return `images/${name.os}/${name.release}/${name.arch}/${name.variant}`;
}

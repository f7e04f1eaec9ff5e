import { type PublishedItems, publishedVersions } from "./documents.ts";
import {
  type ImageType,
  PUBLISHED_METADATA,
  PUBLISHED_ROOTS,
  PUBLISHED_UNIFIED,
  unifiedTypeOf,
} from "./image_files.ts";
import { isJsonObject, sortedByKey } from "./json_text.ts";
import type { ClientKind } from "./model.ts";
import type { PublishedDelta } from "./published_deltas.ts";

/** One file of a published version, in the document's words. */
export interface PublishedItem {
  readonly ftype: string;
  /** Relative to the root. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** One image of a published version, as clients put it together. */
export interface PublishedImage {
  /** Unique in a version. */
  readonly fingerprint: string;
  readonly type: ImageType;
  /** Who finds it, sorted. */
  readonly clients: readonly ClientKind[];
  /** Bytes of all files. */
  readonly size: number;
  /** What a client downloads: metadata and root, or the one file of a unified image. */
  readonly files: readonly PublishedItem[];
  /** What a client downloads instead that has the version before; not there when none can. */
  readonly delta?: PublishedDelta;
}

const BOTH_CLIENTS: readonly ClientKind[] = ["incus", "lxd"];
const ONE_CLIENT: Readonly<Record<ClientKind, readonly ClientKind[]>> = {
  incus: ["incus"],
  lxd: ["lxd"],
};

/** An item that clients can read, and all of its fields. */
export interface ReadItem {
  readonly item: PublishedItem;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Returns the images of a published version in the order of the ftype table: by root, unified ones last.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { imagesOf, readItems } from "./published_images.ts";
 * const [sha256, fingerprint] = ["a".repeat(64), "b".repeat(64)];
 * const metadata = { ftype: "incus.tar.xz", path: "a/incus.tar.xz", size: 1, sha256 };
 * const root = { ftype: "squashfs", path: "a/root.squashfs", size: 2, sha256 };
 * const items = new Map([["m", { ...metadata, combined_squashfs_sha256: fingerprint }], ["r", root]]);
 * const [image] = imagesOf(readItems(items));
 * assert.deepEqual(image, {
 *   fingerprint,
 *   type: "container",
 *   clients: ["incus"],
 *   size: 3,
 *   files: [metadata, root],
 * });
 * ```
 */
export function imagesOf(items: readonly ReadItem[]): readonly PublishedImage[] {
  const images: PublishedImage[] = [];

  function add(client: ClientKind, image: Omit<PublishedImage, "clients" | "size">): void {
    const { fingerprint, type, files } = image;
    const place = images.findIndex((other) => other.fingerprint === fingerprint);
    const known = images[place];
    if (known === undefined) {
      const size = files.reduce((sum, file) => sum + file.size, 0);
      images.push({ fingerprint, type, clients: ONE_CLIENT[client], size, files });
    } else if (!known.clients.includes(client)) {
      // Of one fingerprint under several paths the first is as good as any: the bytes are the same.
      images[place] = { ...known, clients: BOTH_CLIENTS };
    }
  }

  for (const { ftype: rootFtype, type, combinedFields } of PUBLISHED_ROOTS) {
    for (const root of items) {
      if (root.item.ftype !== rootFtype) continue;
      for (const { ftype, client } of PUBLISHED_METADATA) {
        for (const { item, fields } of items) {
          if (item.ftype !== ftype || item.path === "") continue;
          // Whatever it is: clients show it, and refuse the image when it is to be downloaded.
          const fingerprint = combinedFields.map((name) => fields[name]).find(isSomeText);
          if (fingerprint === undefined) continue;
          add(client, { fingerprint, type, files: [item, root.item] });
        }
      }
    }
  }
  for (const { ftype, client } of PUBLISHED_UNIFIED) {
    for (const { item, fields } of items) {
      if (item.ftype !== ftype || item.path === "" || item.sha256 === "") continue;
      const type = unifiedTypeOf(fields["combined_type"]);
      add(client, { fingerprint: item.sha256, type, files: [item] });
    }
  }
  return images;
}

/** Returns items as clients read them, sorted by key: what is null or not there is an empty text or 0 in their structs. */
export function readItems(items: PublishedItems): readonly ReadItem[] {
  const read: ReadItem[] = [];
  for (const [, fields] of sortedByKey(items)) {
    if (!isJsonObject(fields)) continue;
    const { ftype = "", path = "", size = 0, sha256 = "" } = fields;
    const item = { ftype: ftype ?? "", path: path ?? "", size: size ?? 0, sha256: sha256 ?? "" };
    if (isItem(item)) read.push({ item, fields });
  }
  return read;
}

function isItem(item: Readonly<Record<keyof PublishedItem, unknown>>): item is PublishedItem {
  const { ftype, path, size, sha256 } = item;
  return typeof ftype === "string" && typeof path === "string" && typeof sha256 === "string" &&
    typeof size === "number" && Number.isSafeInteger(size) && size >= 0;
}

/**
 * Returns the usable items of a published product's JSON text by their paths. Of several items with
 * one path, as a metadata file has for two families of clients, the first by version and key is here.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parsePublishedItems } from "./published_images.ts";
 * const item = { ftype: "squashfs", path: "a/root.squashfs", size: 1, sha256: "f".repeat(64) };
 * const text = JSON.stringify({ versions: { "20240101": { items: { "root.squashfs": item } } } });
 * assert.deepEqual(parsePublishedItems(text).get("a/root.squashfs"), item);
 * ```
 */
export function parsePublishedItems(text: string): ReadonlyMap<string, PublishedItem> {
  const found = new Map<string, PublishedItem>();
  for (const [, items] of sortedByKey(publishedVersions(text))) {
    for (const { item, fields } of readItems(items)) {
      const isUsable = item.path !== "" && isDigest(item.sha256) && typeof fields.size === "number";
      if (isUsable && !found.has(item.path)) found.set(item.path, item);
    }
  }
  return found;
}

function isSomeText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isDigest(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

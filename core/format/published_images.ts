import { type PublishedItems, publishedVersions } from "./documents.ts";
import {
  type ImageType,
  PUBLISHED_METADATA,
  PUBLISHED_ROOTS,
  PUBLISHED_UNIFIED,
} from "./image_files.ts";
import { objectFields, sortedByKey } from "./json_text.ts";
import type { ClientKind } from "./model.ts";

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
}

const ITEM_FIELDS = ["ftype", "path", "size", "sha256"] as const;

/** A usable item, and all of its fields. */
interface UsableItem {
  readonly item: PublishedItem;
  readonly fields: ReadonlyMap<string, unknown>;
}

/**
 * Returns the images of a published version in the order of the ftype table: by root, unified ones last.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { imagesOf } from "./published_images.ts";
 * const [sha256, fingerprint] = ["a".repeat(64), "b".repeat(64)];
 * const metadata = { ftype: "incus.tar.xz", path: "a/incus.tar.xz", size: 1, sha256 };
 * const root = { ftype: "squashfs", path: "a/root.squashfs", size: 2, sha256 };
 * const [image] = imagesOf(
 *   new Map([["m", { ...metadata, combined_squashfs_sha256: fingerprint }], ["r", root]]),
 * );
 * assert.deepEqual(image, {
 *   fingerprint,
 *   type: "container",
 *   clients: ["incus"],
 *   size: 3,
 *   files: [metadata, root],
 * });
 * ```
 */
export function imagesOf(published: PublishedItems): readonly PublishedImage[] {
  const items = usableItems(published);
  const images = new Map<string, PublishedImage>();

  function add(client: ClientKind, image: Omit<PublishedImage, "clients" | "size">): void {
    const known = images.get(image.fingerprint);
    const clients = new Set([...known?.clients ?? [], client]);
    const size = image.files.reduce((sum, file) => sum + file.size, 0);
    const { fingerprint } = image;
    // Of one fingerprint under several paths the first is as good as any: the bytes are the same.
    images.set(fingerprint, { ...known ?? { ...image, size }, clients: [...clients].sort() });
  }

  for (const { ftype: rootFtype, type, combinedFields } of PUBLISHED_ROOTS) {
    for (const root of ofType(items, rootFtype)) {
      for (const { ftype, client } of PUBLISHED_METADATA) {
        for (const { item, fields } of ofType(items, ftype)) {
          const fingerprint = combinedFields.map((name) => fields.get(name)).find(isDigest);
          if (fingerprint === undefined) continue;
          add(client, { fingerprint, type, files: [item, root.item] });
        }
      }
    }
  }
  for (const { ftype, client } of PUBLISHED_UNIFIED) {
    for (const { item, fields } of ofType(items, ftype)) {
      // client-contract: honoured by Incus 7, ignored by Incus 6
      const isDisk = fields.get("combined_type") === "virtual-machine";
      const type = isDisk ? "virtual-machine" : "container";
      add(client, { fingerprint: item.sha256, type, files: [item] });
    }
  }
  return [...images.values()];
}

function ofType(items: readonly UsableItem[], ftype: string): readonly UsableItem[] {
  return items.filter(({ item }) => item.ftype === ftype);
}

function usableItems(items: PublishedItems): readonly UsableItem[] {
  return sortedByKey(items).flatMap(([, value]) => {
    const fields = objectFields(value);
    if (fields === undefined) return [];
    const [ftype, path, size, sha256] = ITEM_FIELDS.map((name) => fields.get(name));
    if (typeof ftype !== "string" || typeof path !== "string" || path === "") return [];
    if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return [];
    if (!isDigest(sha256)) return [];
    return [{ item: { ftype, path, size, sha256 }, fields }];
  });
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
    for (const { item } of usableItems(items)) {
      if (!found.has(item.path)) found.set(item.path, item);
    }
  }
  return found;
}

function isDigest(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

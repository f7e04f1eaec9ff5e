import { DELTA_FTYPES } from "./delta_files.ts";
import type { PublishedImage, PublishedItem, ReadItem } from "./published_images.ts";

/** What a client that has the version before downloads of an image. */
export interface DeltaDownload {
  /** The version that it must have. */
  readonly base: string;
  /** Bytes of metadata and delta. */
  readonly size: number;
  /** Of the bytes of the whole image, rounded. */
  readonly percent: number;
}

/** The same, and the delta itself. */
export interface PublishedDelta extends DeltaDownload {
  readonly file: PublishedItem;
}

/** A version with its images and the items that they are of. */
export interface ImagesOfVersion {
  readonly name: string;
  readonly label?: string;
  readonly items: readonly ReadItem[];
  readonly images: readonly PublishedImage[];
}

/**
 * Returns the images of a product's versions, those with the delta by which clients can get them. Of
 * several deltas the one from the newest base is told.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { withDeltas } from "./published_deltas.ts";
 * assert.deepEqual(withDeltas([{ name: "20240101", items: [], images: [] }]), [
 *   { name: "20240101", images: [] },
 * ]);
 * ```
 */
export function withDeltas(
  versions: readonly ImagesOfVersion[],
): readonly Omit<ImagesOfVersion, "items">[] {
  const bases = new Set(
    versions.filter(({ images }) => images.some(isOfSquashfs)).map(({ name }) => name),
  );
  return versions.map(({ items, ...version }) => {
    const { name, images } = version;
    if (!images.some(isOfSquashfs)) return version;
    const [newest] = items.flatMap(({ item, fields: { delta_base: base } }) =>
      item.ftype === DELTA_FTYPES.squashfs && item.path !== "" && typeof base === "string" &&
        base < name && bases.has(base)
        ? [{ base, file: item }]
        : []
    ).sort((a, b) => a.base > b.base ? -1 : 1);
    if (newest === undefined) return version;
    return {
      ...version,
      images: images.map((image) =>
        isOfSquashfs(image) ? { ...image, delta: deltaOf(image, newest) } : image
      ),
    };
  });
}

function isOfSquashfs({ files }: PublishedImage): boolean {
  return files.at(1)?.ftype === "squashfs";
}

function deltaOf(
  { files, size: whole }: PublishedImage,
  { base, file }: Pick<PublishedDelta, "base" | "file">,
): PublishedDelta {
  const size = (files.at(0)?.size ?? 0) + file.size;
  return { base, size, percent: Math.round(100 * size / Math.max(1, whole)), file };
}

import { isArchitectureOf } from "./format/architecture.ts";
import type { ImageType } from "./format/image_files.ts";
import type { ClientKind, ProductName, TextRecord } from "./format/model.ts";
import { matchesNames, type ProductFilter } from "./format/product_filter.ts";
import type { DeltaDownload } from "./format/published_deltas.ts";
import type { PublishedProduct } from "./format/published_product.ts";
import { type AliasCandidate, giveAliases } from "./give_aliases.ts";
import type { Clock } from "./ports.ts";
import type { PublishedCatalog } from "./published_catalog.ts";

/** One published image, in the document's words. */
export interface ListedImage extends ProductName {
  /** The product's id. */
  readonly product: string;
  readonly version: string;
  readonly fingerprint: string;
  readonly type: ImageType;
  /** Bytes of all files that a client downloads. */
  readonly size: number;
  /** Those that lead to this very image, so those of a newest version; see `giveAliases`. */
  readonly aliases: readonly string[];
  /** Who finds it, sorted. */
  readonly clients: readonly ClientKind[];
  /** As the client that is asked for shows them, none that is empty; otherwise as the first that finds the image does. */
  readonly requirements: TextRecord;
  /** What a client downloads instead that has the version before; not there when none can. */
  readonly delta?: DeltaDownload;
}

/** Which images are wanted; what is not given leaves all through. */
export interface ImageQuery extends ProductFilter {
  /**
   * Each must be somewhere in an alias, the product's id or the version, in upper or lower case, or
   * begin the fingerprint.
   */
  readonly words?: readonly string[];
}

const PRODUCTS_A_TURN = 50;
const NO_ALIASES: readonly string[] = [];

/**
 * Returns the published images that pass: by the product's id, the newest version first, by root.
 * With a client, what that client lists.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { listImages } from "./list_images.ts";
 * import { openPublishedCatalog } from "./published_catalog.ts";
 * const catalog = openPublishedCatalog(new TextEncoder().encode('{"products":{}}')) ?? assert.fail();
 * assert.deepEqual(listImages(catalog), []);
 * ```
 */
export function listImages(
  catalog: PublishedCatalog,
  query: ImageQuery = {},
): readonly ListedImage[] {
  const found: FoundImage[] = [];
  for (const product of catalog.products()) addImagesOf(product, found);
  return listFound(found, query.client).filter(imageTest(query));
}

/**
 * Returns all published images as `listImages` does, for that client; other work has its turn meanwhile.
 */
export async function listAllImages(
  clock: Pick<Clock, "turn">,
  catalog: PublishedCatalog,
  options: Pick<ImageQuery, "client"> = {},
): Promise<readonly ListedImage[]> {
  const found: FoundImage[] = [];
  let count = 0;
  for (const product of catalog.products()) {
    addImagesOf(product, found);
    if (++count % PRODUCTS_A_TURN === 0) await clock.turn();
  }
  return listFound(found, options.client);
}

/**
 * Returns whether images pass, of a list that was made for the client of the query.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { imageTest, type ListedImage } from "./list_images.ts";
 * const image: ListedImage = {
 *   ...{ product: "a:1:amd64:x", os: "a", release: "1", arch: "amd64", variant: "x" },
 *   ...{ version: "20240101", fingerprint: "0f", type: "container", size: 1 },
 *   ...{ aliases: ["a/1"], clients: ["incus"], requirements: {} },
 * };
 * assert.equal(imageTest({ arch: "x86_64", words: ["A/1"] })(image), true);
 * assert.equal(imageTest({ client: "lxd" })(image), false);
 * ```
 */
export function imageTest(query: ImageQuery): (image: ListedImage) => boolean {
  const words = (query.words ?? []).map((word) => word.toLowerCase());
  return (image) =>
    (query.type === undefined || query.type === image.type) &&
    (query.client === undefined || image.clients.includes(query.client)) &&
    matchesNames(image, query) &&
    words.every((word) => hasWord(image, word));
}

function listFound(
  found: readonly FoundImage[],
  client: ClientKind | undefined,
): readonly ListedImage[] {
  const given = giveAliases(found, client);
  return found.map((image) =>
    listedImage(image, {
      aliases: given.get(image) ?? NO_ALIASES,
      requirements: client === undefined
        ? requirementsFor(image, image.clients.at(0))
        : withoutEmpty(requirementsFor(image, client)),
    })
  );
}

function requirementsFor({ product }: FoundImage, client: ClientKind | undefined): TextRecord {
  return client === "lxd" ? product.lxd_requirements : product.requirements;
}

/** Clients keep no property that is empty. */
function withoutEmpty(requirements: TextRecord): TextRecord {
  const entries = Object.entries(requirements);
  const kept = entries.filter(([, value]) => value !== "");
  return kept.length === entries.length ? requirements : Object.fromEntries(kept);
}

function listedImage(
  image: FoundImage,
  { aliases, requirements }: Pick<ListedImage, "aliases" | "requirements">,
): ListedImage {
  const { product } = image;
  // Field by field: spreading takes three times as long
  const listed = {
    product: product.id,
    os: product.os,
    release: product.release,
    arch: product.arch,
    variant: product.variant,
    version: image.version,
    fingerprint: image.fingerprint,
    type: image.type,
    size: image.size,
    aliases,
    clients: image.clients,
    requirements,
  };
  return image.delta === undefined ? listed : { ...listed, delta: image.delta };
}

/** What is kept of an image while a list is made: files take several times as much. */
interface FoundImage extends AliasCandidate, Pick<ListedImage, "fingerprint" | "size" | "delta"> {}

/** The newest version first. */
function addImagesOf(product: PublishedProduct, found: FoundImage[]): void {
  const { versions, ...head } = product;
  for (const { name: version, images } of versions.toReversed()) {
    for (const { fingerprint, type, size, clients: byItems, files, delta } of images) {
      const clients = byItems.filter((client) => isArchitectureOf(client, product.arch));
      const root = files.at(1)?.ftype;
      const image = { product: head, version, fingerprint, type, size, clients, root };
      found.push(delta === undefined ? image : { ...image, delta: downloadOf(delta) });
    }
  }
}

function downloadOf({ base, size, percent }: DeltaDownload): DeltaDownload {
  return { base, size, percent };
}

function hasWord(image: ListedImage, word: string): boolean {
  const { aliases, product, version, fingerprint } = image;
  return fingerprint.startsWith(word) ||
    [...aliases, product, version].some((text) => text.toLowerCase().includes(word));
}

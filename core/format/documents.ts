import { PUBLISHED_UNIFIED } from "./image_files.ts";
import { itemJson } from "./items.ts";
import { objectFields, textMapJson, tryParseJson } from "./json_text.ts";
import { IMAGES_STREAM, streamDocument } from "./stream.ts";
import { type Catalog, type Product, productId } from "./model.ts";

/** Where the products document of the stream `images` is, relative to the root. */
export const IMAGES_PATH = streamDocument(IMAGES_STREAM);
/** Where the index is, relative to the root; this place is known to every client. */
export const INDEX_PATH = "streams/v1/index.json";

// One product a line: small differences between two documents stay small, and a reader can take one
// product at a time out of a document that is longer than any JavaScript string may be.
const HEAD_END = ',"datatype":"image-downloads","format":"products:1.0","products":{';
const CONTENT_ID = /^\{"content_id":"(?:[^"\\]|\\.)*"/;
const TAIL = "}}";

/**
 * Returns the products document in pieces, a product each; together they are the file's text.
 * Products come by id, the text ends in a newline: the same products are the same bytes.
 *
 * @param stream the stream's name
 * @param products id to JSON text, in any order
 */
export function* productsDocument(
  stream: string,
  products: ReadonlyMap<string, string>,
): Generator<string> {
  yield `{"content_id":${JSON.stringify(stream)}${HEAD_END}`;
  let separator = "\n";
  for (const id of [...products.keys()].sort()) {
    yield `${separator}${JSON.stringify(id)}:${products.get(id)}`;
    separator = ",\n";
  }
  yield products.size === 0 ? `${TAIL}\n` : `\n${TAIL}\n`;
}

/** Returns whether a document's first line is one that this tool writes; its products follow, a line each. */
export function isOwnHead(line: string): boolean {
  const [start] = CONTENT_ID.exec(line) ?? [];
  return start !== undefined && line.slice(start.length) === HEAD_END;
}

/** What the index says of a stream. */
export interface IndexedStream {
  readonly name: string;
  /** Ids of its products. */
  readonly ids: readonly string[];
}

/**
 * Returns the index document's text for streams.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { indexDocument } from "./documents.ts";
 * const index = JSON.parse(indexDocument([{ name: "images", ids: ["debian:12:amd64:default"] }]));
 * assert.deepEqual(index.index.images.products, ["debian:12:amd64:default"]);
 * ```
 */
export function indexDocument(streams: readonly IndexedStream[]): string {
  const entries = [...streams].sort((a, b) => a.name < b.name ? -1 : 1).map(({ name, ids }) => {
    const products = [...ids].sort().map((id) => JSON.stringify(id)).join();
    return `${JSON.stringify(name)}:{"datatype":"image-downloads","format":"products:1.0",` +
      `"path":${JSON.stringify(streamDocument(name))},"products":[${products}]}`;
  });
  return `{"format":"index:1.0","index":{${entries.join()}}}\n`;
}

/** Returns the products of a catalog as they stand in the products document, id to JSON text. */
export function productTexts(catalog: Catalog): ReadonlyMap<string, string> {
  return new Map(catalog.products.map((product) => [productId(product), productJson(product)]));
}

function productJson(product: Product): string {
  const { settings, release } = product;
  const versions = product.versions.map(({ name, items, label }) => {
    const texts = items.map((item) => `${JSON.stringify(item.key)}:${itemJson(item)}`);
    const end = label === undefined ? "" : `,"label":${JSON.stringify(label)}`;
    return `${JSON.stringify(name)}:{"items":{${texts.join()}}${end}}`;
  });
  // Sorted by key, and without those that are undefined
  const fields: readonly (readonly [string, string | undefined])[] = [
    ["aliases", JSON.stringify(product.aliases.join())],
    ["arch", JSON.stringify(product.arch)],
    ["lxd_requirements", textMapJson(product.lxdRequirements)],
    ["os", JSON.stringify(settings.os ?? product.os)],
    ["release", JSON.stringify(release)],
    ["release_codename", JSON.stringify(settings.releaseCodename)],
    ["release_title", JSON.stringify(settings.releaseTitle ?? release)],
    ["requirements", textMapJson(product.requirements)],
    ["support_eol", JSON.stringify(settings.supportEol)],
    ["supported", JSON.stringify(settings.supported)],
    ["variant", JSON.stringify(product.variant)],
    ["version", JSON.stringify(settings.version)],
    ["versions", `{${versions.join()}}`],
  ];
  const texts = fields.flatMap(([key, text]) => text === undefined ? [] : [`"${key}":${text}`]);
  return `{${texts.join()}}`;
}

/**
 * Returns the products of a published document, id to JSON text; undefined when it is no products
 * document. Works line by line when this tool wrote it, and so for any length.
 */
export function publishedProducts(bytes: Uint8Array): ReadonlyMap<string, string> | undefined {
  const decoder = new TextDecoder();
  const headEnd = bytes.indexOf(0x0a);
  if (headEnd !== -1 && isOwnHead(decoder.decode(bytes.subarray(0, headEnd)))) {
    return productLines(bytes.subarray(headEnd + 1), decoder);
  }
  const products = objectFields(
    objectFields(tryParseJson(decoder.decode(bytes)))?.get("products"),
  );
  if (products === undefined) return undefined;
  return new Map([...products].map(([id, product]) => [id, JSON.stringify(product)]));
}

// With the flag s, as JSON leaves U+2028 and U+2029 in a string raw and "." stops at them.
const LINE = /^("(?:[^"\\]|\\.)*"):(\{.*\}),?$/s;

function productLines(
  bytes: Uint8Array,
  decoder: TextDecoder,
): ReadonlyMap<string, string> | undefined {
  const products = new Map<string, string>();
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(0x0a, start);
    const end = found === -1 ? bytes.length : found;
    const line = decoder.decode(bytes.subarray(start, end));
    start = end + 1;
    if (line === TAIL) return products;
    const [, id, product] = LINE.exec(line) ?? [];
    const name = id === undefined ? undefined : tryParseJson(id);
    if (typeof name !== "string" || product === undefined) return undefined;
    products.set(name, product);
  }
  return undefined;
}

/** A published version's items, item key -> the item, unchecked. */
export type PublishedItems = ReadonlyMap<string, unknown>;

/** Returns the versions of a published product's JSON text by their names. */
export function publishedVersions(product: string): ReadonlyMap<string, PublishedItems> {
  return versionsOf(objectFields(tryParseJson(product))?.get("versions"));
}

/**
 * Returns the versions in a published product's field of this name; none in data of another shape.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { versionsOf } from "./documents.ts";
 * const versions = versionsOf({ "20240101": { items: { "lxd.tar.xz": {} } } });
 * assert.deepEqual([...versions.get("20240101")?.keys() ?? []], ["lxd.tar.xz"]);
 * ```
 */
export function versionsOf(versions: unknown): ReadonlyMap<string, PublishedItems> {
  return new Map(
    [...objectFields(versions) ?? []].map((
      [name, version],
    ) => [name, objectFields(objectFields(version)?.get("items")) ?? new Map<string, unknown>()]),
  );
}

const FINGERPRINT_FIELD = /"combined_[a-z0-9_-]*sha256":"([0-9a-f]{64})"/g;

/** Returns all fingerprints in a product's JSON text, an image that two clients see twice. */
export function fingerprintsIn(product: string): readonly string[] {
  // Quotes in names are escaped, so after the requirements nothing but a field can look like one.
  const versions = product.slice(product.indexOf('"versions":{'));
  const split = [...versions.matchAll(FINGERPRINT_FIELD)].map(([, fingerprint = ""]) =>
    fingerprint
  );
  if (!PUBLISHED_UNIFIED.some(({ ftype }) => versions.includes(ftype))) return split;
  return [...split, ...unifiedFingerprints(product)];
}

function unifiedFingerprints(product: string): readonly string[] {
  const items = [...publishedVersions(product).values()].flatMap((each) => [...each.values()]);
  return items.flatMap((item) => {
    const [ftype, sha256] = ["ftype", "sha256"].map((name) => objectFields(item)?.get(name));
    const isUnified = PUBLISHED_UNIFIED.some((unified) => unified.ftype === ftype);
    return isUnified && typeof sha256 === "string" ? [sha256] : [];
  });
}

/** Returns the versions named in a product's JSON text that this tool wrote: names without escapes. */
export function versionNamesIn(product: string): readonly string[] {
  const parts = product.split('":{"items":{');
  return parts.slice(0, -1).map((part) => part.slice(part.lastIndexOf('"') + 1));
}

import { isJsonObject, objectFields, textRecord, tryParseJson } from "./json_text.ts";
import type { ProductName, TextRecord } from "./model.ts";
import { type ImagesOfVersion, withDeltas } from "./published_deltas.ts";
import { imagesOf, type PublishedImage, readItems } from "./published_images.ts";
import { readVersionName } from "./version_name.ts";

const NAMES = ["os", "release", "arch", "variant"] as const;
const TITLES = ["release_title", "release_codename", "version", "support_eol"] as const;

/** One published version that has an image. */
export interface PublishedVersion {
  readonly name: string;
  readonly label?: string;
  /** In the order of the ftype table: by root, unified ones last. Never empty. */
  readonly images: readonly PublishedImage[];
}

/** What a document may say of a product for those who choose; what it does not say is not there. */
export interface PublishedTitles {
  readonly release_title?: string;
  readonly release_codename?: string;
  readonly version?: string;
  /** `YYYY-MM-DD`. */
  readonly support_eol?: string;
  readonly supported?: boolean;
}

/** A published product, in the document's words. */
export interface PublishedProduct extends ProductName, PublishedTitles {
  readonly id: string;
  /** In the document's order; with an empty one for nothing between commas, as clients have it. */
  readonly aliases: readonly string[];
  readonly requirements: TextRecord;
  /** Empty as well when the document does not have them; some LXD read `requirements` then. */
  readonly lxd_requirements: TextRecord;
  /** Sorted by name, the oldest first. */
  readonly versions: readonly PublishedVersion[];
}

/**
 * Returns a published product as clients read it, whoever wrote it; undefined when it is no object.
 * What no client can use is left out: versions without a date, images without all their fields.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parsePublishedProduct } from "./published_product.ts";
 * const product = parsePublishedProduct("debian:12:amd64:default", '{"aliases": "debian,debian/12"}');
 * assert.deepEqual(product?.aliases, ["debian", "debian/12"]);
 * assert.deepEqual(product?.versions, []);
 * ```
 */
export function parsePublishedProduct(id: string, text: string): PublishedProduct | undefined {
  const fields = objectFields(tryParseJson(text));
  if (fields === undefined) return undefined;
  return {
    id,
    ...nameOf(fields),
    ...titlesOf(fields),
    aliases: aliasesOf(textOf(fields.get("aliases"))),
    requirements: textsOf(fields.get("requirements")),
    lxd_requirements: textsOf(fields.get("lxd_requirements")),
    versions: withDeltas(imagesByVersion(fields.get("versions"))),
  };
}

function imagesByVersion(versions: unknown): readonly ImagesOfVersion[] {
  const found: ImagesOfVersion[] = [];
  for (const [name, version] of objectFields(versions) ?? []) {
    // incus shared/simplestreams/products.go: name[0:8] must be YYYYMMDD, whatever follows
    if (!isJsonObject(version) || readVersionName(name.slice(0, 8)) === undefined) continue;
    const items = readItems(objectFields(version.items) ?? new Map());
    const images = imagesOf(items);
    const label = textOf(version.label);
    if (images.length > 0) found.push({ name, items, images, ...label === "" ? {} : { label } });
  }
  return found.sort((a, b) => a.name < b.name ? -1 : 1);
}

/**
 * Returns a published product's four names, the missing as ""; undefined when it is no object. Takes
 * them from before the versions, which are nearly all of the text, where they stand there.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parsePublishedName } from "./published_product.ts";
 * assert.equal(parsePublishedName('{"os":"debian","versions":{}}')?.os, "debian");
 * ```
 */
export function parsePublishedName(text: string): ProductName | undefined {
  // Quotes in texts are escaped, so this is a key; one that is not the product's own leaves "{" open.
  const end = text.indexOf('"versions":{');
  const head = end === -1
    ? undefined
    : objectFields(tryParseJson(`${text.slice(0, end)}"versions":{}}`));
  if (head !== undefined && NAMES.every((name) => typeof head.get(name) === "string")) {
    return nameOf(head);
  }
  const fields = objectFields(tryParseJson(text));
  return fields && nameOf(fields);
}

function nameOf(fields: ReadonlyMap<string, unknown>): ProductName {
  const [os, release, arch, variant] = NAMES.map((name) => textOf(fields.get(name)));
  return { os: os ?? "", release: release ?? "", arch: arch ?? "", variant: variant ?? "" };
}

function titlesOf(fields: ReadonlyMap<string, unknown>): PublishedTitles {
  const texts = TITLES.flatMap((name) => {
    const text = textOf(fields.get(name));
    return text === "" ? [] : [[name, text] as const];
  });
  const supported = fields.get("supported");
  return {
    ...Object.fromEntries(texts),
    ...typeof supported === "boolean" ? { supported } : {},
  };
}

// client-contract: split at commas and not trimmed
function aliasesOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(",");
}

function textsOf(value: unknown): TextRecord {
  const texts = new Map<string, string>();
  for (const [key, text] of objectFields(value) ?? []) {
    if (typeof text === "string") texts.set(key, text);
  }
  return textRecord(texts);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

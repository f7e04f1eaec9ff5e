import { isStorageError, SimplestreamsError } from "./errors.ts";
import { checkIndex } from "./format/check_index.ts";
import { INDEX_PATH, versionsOf } from "./format/documents.ts";
import { objectFields } from "./format/json_text.ts";
import { type ListedItem, listedVersions } from "./format/listed_items.ts";
import { type ParsedDocument, parseDocument } from "./format/parse_document.ts";
import { imagesOf, type PublishedImage, readItems } from "./format/published_images.ts";
import type { TreeReader } from "./ports.ts";

/** A version as a document has it, usable or not. */
export interface PrunableVersion {
  readonly name: string;
  /** Sorted by key. */
  readonly items: readonly ListedItem[];
  readonly images: readonly PublishedImage[];
}

/** A product with its versions, sorted by name. */
export interface PrunableProduct {
  readonly id: string;
  readonly versions: readonly PrunableVersion[];
}

/** A document with its text, to be edited. */
export interface PrunableDocument {
  /** Relative to the root. */
  readonly path: string;
  readonly text: string;
  readonly products: readonly PrunableProduct[];
}

/** All that a root publishes. */
export interface PrunableDocuments {
  readonly index: { readonly path: string; readonly text: string };
  /** One at least, in the index's order. */
  readonly documents: readonly PrunableDocument[];
}

/**
 * Returns the index of a root and every products document that it names.
 *
 * @param options `allowEmpty`: whether a document may be without products
 * @throws {SimplestreamsError} `REFUSED` when one is missing or unreadable, is without the products that
 * the index lists, or all are without any: what is not known to be published cannot be told from what
 * is not published
 */
export function readPrunable(
  reader: TreeReader,
  root: string,
  options: { readonly allowEmpty?: boolean } = {},
): PrunableDocuments {
  const index = readDocument(reader, root, INDEX_PATH);
  const { streams, findings } = checkIndex(index.parsed.head);
  const fault = findings.find(({ code }) => code === "PATH_UNUSABLE");
  if (fault !== undefined) refuse(INDEX_PATH, fault.message);
  if (streams.length === 0) refuse(INDEX_PATH, "it names no document of images");
  const documents = streams.map(({ path, products: ids }) => {
    const { text, parsed } = readDocument(reader, root, path);
    const products = [...parsed.products ?? []].map(([id, value]) => readProduct(id, value));
    // One that was published without products stops nobody from pruning the others
    if (products.length === 0 && ids.length > 0 && !options.allowEmpty) {
      refuse(path, "it lists no product, and the index says that it does");
    }
    return { path, text, products };
  });
  if (!options.allowEmpty && documents.every(({ products }) => products.length === 0)) {
    refuse(documents[0]?.path ?? INDEX_PATH, "it lists no product");
  }
  return { index: { path: INDEX_PATH, text: index.text }, documents };
}

function readProduct(id: string, value: unknown): PrunableProduct {
  const versions = objectFields(value)?.get("versions");
  const items = versionsOf(versions);
  return {
    id,
    versions: listedVersions(versions).map((version) => ({
      ...version,
      images: imagesOf(readItems(items.get(version.name) ?? new Map())),
    })),
  };
}

function readDocument(
  reader: TreeReader,
  root: string,
  path: string,
): { readonly text: string; readonly parsed: ParsedDocument } {
  const bytes = readBytes(reader, root, path);
  const parsed = parseDocument(bytes, path);
  if ("code" in parsed) return refuse(path, `it ${parsed.message}`);
  try {
    // Fatal, as what is no UTF-8 could not be written back byte for byte.
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), parsed };
  } catch (error) {
    return refuse(path, "it is not UTF-8", error);
  }
}

function readBytes(reader: TreeReader, root: string, path: string): Uint8Array {
  try {
    return reader.readBytes(`${root}/${path}`);
  } catch (error) {
    if (!isStorageError(error)) throw error;
    const isMissing = ["missing", "not-a-directory"].includes(error.reason);
    return refuse(path, isMissing ? "it is not there" : error.message, error);
  }
}

function refuse(path: string, found: string, cause?: unknown): never {
  throw new SimplestreamsError(
    "REFUSED",
    `Cannot tell what is published by "${path}": ${found}, expected documents that list images; ` +
      "nothing is removed; is the root mounted? Index the tree to publish it anew, or give " +
      "--allow-empty, or allowEmpty in a request, where nothing is to be published",
    { cause },
  );
}

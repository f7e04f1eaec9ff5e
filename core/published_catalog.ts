import { FormatError } from "./errors.ts";
import type { Counts } from "./count.ts";
import { publishedProducts } from "./format/documents.ts";
import type { ProductName } from "./format/model.ts";
import { filterImages, matchesNames, type ProductFilter } from "./format/product_filter.ts";
import type { PublishedItem } from "./format/published_images.ts";
import {
  parsePublishedName,
  parsePublishedProduct,
  type PublishedProduct,
} from "./format/published_product.ts";
import { createMemo } from "./memo.ts";
import type { TreeReader } from "./ports.ts";
import { createItemLookup } from "./published_items.ts";
import { listDocuments } from "./published_documents.ts";
import { readDocumentTexts } from "./read_published.ts";

// What is parsed takes several times the memory of its text, and all of a document of 100 MB is not
// needed again: a page of a list is, and the products whose images are being downloaded.
const PARSED_PRODUCTS = 256;

/** Which page of a list. */
export interface CatalogPage {
  /** The id after which the page starts; from the beginning when it is not there. */
  readonly after?: string;
  /** How many products at most, from 1. */
  readonly limit: number;
}

/** One page of a list. */
export interface ProductPage {
  /** Sorted by id. */
  readonly products: readonly PublishedProduct[];
  /** The last id of the page, when there is another page after it. */
  readonly next?: string;
}

/** Published products documents to look things up in; products are parsed when they are asked for. */
export interface PublishedCatalog {
  /** Sorted, as text is compared everywhere here. */
  readonly ids: readonly string[];
  /** The product with the versions of every document that has it. */
  product(id: string): PublishedProduct | undefined;
  /** The product as each document that has it says, in their order: with aliases and requirements of its own. */
  productsOf(id: string): readonly PublishedProduct[];
  /** All products by their ids, as `productsOf`, each parsed when its turn comes and kept by nobody. */
  products(): Iterable<PublishedProduct>;
  /**
   * Returns the products that pass a filter, with the versions and images that do.
   * @throws {RangeError} when the limit is no whole number from 1
   */
  list(filter: ProductFilter, page: CatalogPage): ProductPage;
  /** Returns what is published at a path relative to the root. */
  item(path: string): PublishedItem | undefined;
  /** Returns how much is published; reads everything the first time. */
  counts(): Counts;
}

/** Products documents, each as product id to JSON text. */
export type DocumentTexts = readonly ReadonlyMap<string, string>[];

/**
 * Returns the catalog of a published products document; undefined when it is none.
 *
 * @param bytes the content of images.json, whoever wrote it
 */
export function openPublishedCatalog(bytes: Uint8Array): PublishedCatalog | undefined {
  const texts = publishedProducts(bytes);
  return texts && createPublishedCatalog([texts]);
}

/**
 * Returns the catalog of all documents that stand in a root; undefined when nothing is published there.
 *
 * @throws {FormatError} when what stands where a document is to be is no products document
 * @throws {StorageError} when it cannot be read
 */
export function readPublishedCatalog(
  reader: TreeReader,
  root: string,
): PublishedCatalog | undefined {
  const documents = listDocuments(reader, root).flatMap((path) => {
    const texts = readDocumentTexts(reader, root, path);
    if (texts === "none") return [];
    if (texts !== "unreadable") return [texts];
    throw new FormatError(
      `Cannot read "${path}": it is no products document, expected JSON with "products"`,
      { path },
    );
  });
  return documents.length === 0 ? undefined : createPublishedCatalog(documents);
}

/** Returns the catalog of documents; a product that several of them have is one with all versions. */
export function createPublishedCatalog(documents: DocumentTexts): PublishedCatalog {
  const ids = [...new Set(documents.flatMap((texts) => [...texts.keys()]))].sort();
  const has = (id: string) => documents.some((texts) => texts.has(id));
  const productsOf = (id: string) =>
    documents.flatMap((texts) => {
      const text = texts.get(id);
      return text === undefined ? [] : parsePublishedProduct(id, text) ?? [];
    });
  const product = createMemo((id) => joinProducts(productsOf(id)), { limit: PARSED_PRODUCTS });
  const lookups = documents.map((texts) => createItemLookup(texts, { keep: PARSED_PRODUCTS }));
  // Small beside the texts, and they spare the next page reading the whole document again.
  const names = new Map<string, ProductName | undefined>();
  const withoutImages = new Map<string, Set<string>>();
  let counts: Counts | undefined;

  function passesByName(id: string, filter: ProductFilter): boolean {
    if (!names.has(id)) {
      const [text = ""] = documents.flatMap((texts) => texts.get(id) ?? []);
      names.set(id, parsePublishedName(text));
    }
    const name = names.get(id);
    return name !== undefined && matchesNames(name, filter);
  }

  function list(filter: ProductFilter, page: CatalogPage): ProductPage {
    const { after, limit } = page;
    if (!Number.isInteger(limit) || limit < 1) {
      throw new RangeError(`Cannot list ${limit} products, expected a whole number from 1`);
    }
    const empty = emptyFor(filter);
    const products: PublishedProduct[] = [];
    for (const id of ids) {
      if (after !== undefined && id <= after) continue;
      if (empty.has(id) || !passesByName(id, filter)) continue;
      const whole = product(id);
      const passed = whole && filterImages(whole, filter);
      if (passed === undefined) empty.add(id);
      else if (products.length < limit) products.push(passed);
      else return { products, next: products.at(-1)?.id };
    }
    return { products };
  }

  /** The products that are known to have no image of a type that a client sees. */
  function emptyFor({ type, client }: ProductFilter): Set<string> {
    const key = `${type} ${client}`;
    const known = withoutImages.get(key) ?? new Set();
    withoutImages.set(key, known);
    return known;
  }

  // Past the memo, which would only forget what is in use.
  function* parseAll(): Generator<PublishedProduct> {
    for (const id of ids) yield* productsOf(id);
  }

  function count(): Counts {
    let versions = 0;
    const [products, fingerprints] = [new Set<string>(), new Set<string>()];
    for (const product of parseAll()) {
      products.add(product.id);
      versions += product.versions.length;
      for (const { images } of product.versions) {
        for (const { fingerprint } of images) fingerprints.add(fingerprint);
      }
    }
    return { products: products.size, versions, images: fingerprints.size };
  }

  return {
    ids,
    product: (id) => has(id) ? product(id) : undefined,
    productsOf,
    products: parseAll,
    list,
    item(path) {
      for (const lookup of lookups) {
        const item = lookup(path);
        if (item !== undefined) return item;
      }
      return undefined;
    },
    counts: () => counts ??= count(),
  };
}

/** Two products of one id as one, for who asks for the product: its images are those of both. */
function joinProducts(products: readonly PublishedProduct[]): PublishedProduct | undefined {
  const [first, ...others] = products;
  if (first === undefined || others.length === 0) return first;
  return {
    ...first,
    aliases: [...new Set(products.flatMap(({ aliases }) => aliases))],
    versions: products.flatMap(({ versions }) => versions)
      .sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  };
}

import { editObject, filterList } from "./json_parts.ts";
import { objectFields, tryParseJson } from "./json_text.ts";

/** What leaves a version that stays. */
export interface VersionEdit {
  /** Keys of items. */
  readonly items: ReadonlySet<string>;
  /** Names of fields that leave all of its items. */
  readonly fields: ReadonlySet<string>;
}

/** What leaves a product; without any version the product leaves too. */
export interface ProductEdit {
  readonly versions: ReadonlySet<string>;
  readonly changed: ReadonlyMap<string, VersionEdit>;
}

/**
 * Returns a products document without what leaves it; every other byte is as it was, whoever wrote it.
 *
 * @param edits product id to what leaves it
 */
export function editProducts(text: string, edits: ReadonlyMap<string, ProductEdit>): string {
  if (edits.size === 0) return text;
  return editObject(text, (field, products) => {
    if (field !== "products") return products;
    return editObject(products, (id, product) => {
      const edit = edits.get(id);
      return edit === undefined ? product : editProduct(product, edit);
    });
  });
}

/** Returns whether an edit takes all of a product's versions out, and so the product. */
export function isWhole(
  edit: ProductEdit,
  versions: readonly { readonly name: string }[],
): boolean {
  return versions.every(({ name }) => edit.versions.has(name));
}

function editProduct(text: string, edit: ProductEdit): string | undefined {
  let left = 0;
  const edited = editObject(text, (field, versions) => {
    if (field !== "versions") return versions;
    return editObject(versions, (name, version) => {
      if (edit.versions.has(name)) return undefined;
      left++;
      const change = edit.changed.get(name);
      return change === undefined ? version : editVersion(version, change);
    });
  });
  return left === 0 ? undefined : edited;
}

function editVersion(text: string, { items: keys, fields }: VersionEdit): string {
  return editObject(text, (field, items) => {
    if (field !== "items") return items;
    return editObject(items, (key, item) => {
      if (keys.has(key)) return undefined;
      return editObject(item, (name, value) => fields.has(name) ? undefined : value);
    });
  });
}

/**
 * Returns an index without the products that are not in its documents; every other byte is as it was.
 *
 * @param products a document's path to the ids in it; what an index says of other documents stays
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { editIndex } from "./edit_documents.ts";
 * const index = '{"index": {"images": {"path": "a.json", "products": ["x", "y"]}}}';
 * assert.equal(
 *   editIndex(index, new Map([["a.json", new Set(["y"])]])),
 *   '{"index": {"images": {"path": "a.json", "products": ["y"]}}}',
 * );
 * ```
 */
export function editIndex(
  text: string,
  products: ReadonlyMap<string, ReadonlySet<string>>,
): string {
  return editObject(text, (field, streams) => {
    if (field !== "index") return streams;
    return editObject(streams, (_name, stream) => {
      const path = objectFields(tryParseJson(stream))?.get("path");
      const ids = typeof path === "string" ? products.get(path) : undefined;
      if (ids === undefined) return stream;
      const isListed = (id: unknown) => typeof id !== "string" || ids.has(id);
      return editObject(
        stream,
        (name, list) => name === "products" ? filterList(list, isListed) : list,
      );
    });
  });
}

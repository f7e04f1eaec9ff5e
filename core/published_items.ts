import { productIdOfPath } from "./format/model.ts";
import { parsePublishedItems, type PublishedItem } from "./format/published_images.ts";
import { createMemo } from "./memo.ts";

/**
 * Returns a function that finds published items by their paths, without parsing more than the product
 * to which a path belongs. Only products with a file elsewhere, as other tools publish them, are put
 * into a map of paths, once, when a path is asked for that is not found where it would be.
 *
 * @param texts product id to JSON text
 * @param options `keep`: how many products' items are kept parsed
 */
export function createItemLookup(
  texts: ReadonlyMap<string, string>,
  options: { readonly keep: number },
): (path: string) => PublishedItem | undefined {
  const itemsOf = createMemo((id) => parsePublishedItems(texts.get(id) ?? ""), {
    limit: options.keep,
  });
  let strays: ReadonlyMap<string, PublishedItem> | undefined;
  return (path) => {
    const id = productIdOfPath(path);
    const item = id !== undefined && texts.has(id) ? itemsOf(id).get(path) : undefined;
    if (item !== undefined) return item;
    strays ??= findStrays(texts);
    return strays.get(path);
  };
}

/** All items of the products that have a file outside of their folders; the first by id of one path. */
function findStrays(texts: ReadonlyMap<string, string>): ReadonlyMap<string, PublishedItem> {
  const strays = new Map<string, PublishedItem>();
  for (const id of [...texts.keys()].sort()) {
    const text = texts.get(id) ?? "";
    if (isInOwnFolder(id, text)) continue;
    for (const [path, item] of parsePublishedItems(text)) {
      if (!strays.has(path)) strays.set(path, item);
    }
  }
  return strays;
}

const PATH_FIELD = '"path":"';
const VERSION_AND_FILE = /[^"/\\]+\/[^"/\\]+"/y;

/** Whether the path of each item leads back to its product; told from the text, without parsing it. */
function isInOwnFolder(id: string, text: string): boolean {
  const folder = JSON.stringify(`images/${id.replaceAll(":", "/")}/`).slice(1, -1);
  for (let at = text.indexOf(PATH_FIELD); at !== -1; at = text.indexOf(PATH_FIELD, at)) {
    at += PATH_FIELD.length;
    if (!text.startsWith(folder, at)) return false;
    VERSION_AND_FILE.lastIndex = at + folder.length;
    if (!VERSION_AND_FILE.test(text)) return false;
  }
  return true;
}

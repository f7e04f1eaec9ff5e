import assert from "node:assert/strict";
import { test } from "node:test";
import { createItemLookup } from "../../core/published_items.ts";
import { container, digest, product } from "../support/published.ts";

const ID = "debian:12:amd64:default";
const FOLDER = "images/debian/12/amd64/default/20240101";

test("createItemLookup() finds an item in the product to which its path belongs", () => {
  const find = lookUp({ [ID]: folderProduct(FOLDER) });
  assert.equal(find(`${FOLDER}/root.squashfs`)?.ftype, "squashfs");
  assert.equal(find(`${FOLDER}/incus.tar.xz`)?.size, 1);
});

test("createItemLookup() parses no product but the one to which a path belongs", () => {
  const find = createItemLookup(
    new Map([[ID, JSON.stringify(folderProduct(FOLDER))], ["other:1:a:b", "no JSON"]]),
    { keep: 1 },
  );
  assert.equal(find(`${FOLDER}/root.squashfs`)?.ftype, "squashfs");
  assert.equal(find(`${FOLDER}/nothing`), undefined);
});

test("createItemLookup() finds items wherever other tools put them", () => {
  // client-contract, "Other producers' trees"
  for (
    const folder of [
      "images",
      "images/debian/12/amd64/default/20240101/deeper",
      "images/debian/12/amd64/20240101",
      "daily/debian/12/amd64/default/20240101",
      "images/debian/13/amd64/default/20240101",
      "images/a/b/c/d/20240101",
    ]
  ) {
    const find = lookUp({ "a:b:c:d": { versions: {} }, [ID]: folderProduct(folder) });
    assert.equal(find(`${folder}/root.squashfs`)?.path, `${folder}/root.squashfs`, folder);
    assert.equal(find(`${folder}/other`), undefined, folder);
  }
});

test("createItemLookup() finds names that JSON escapes", () => {
  const id = 'de"b:12:amd64:\\x';
  const folder = 'images/de"b/12/amd64/\\x/20240101';
  const find = lookUp({ [id]: folderProduct(folder) });
  assert.equal(find(`${folder}/root.squashfs`)?.path, `${folder}/root.squashfs`);
});

test("createItemLookup() takes the first product by id when several list a path from elsewhere", () => {
  const [one, two] = [container("pool", digest("a")), container("pool", digest("a"))];
  const find = lookUp({
    "b:1:x:y": product("b:1:x:y", { "20240101": one }),
    "a:1:x:y": product("a:1:x:y", {
      "20240101": { ...two, "root.squashfs": { ...two["root.squashfs"], size: 77 } },
    }),
  });
  assert.equal(find("pool/root.squashfs")?.size, 77);
});

test("createItemLookup() finds nothing at paths of no item", () => {
  const find = lookUp({ [ID]: folderProduct(FOLDER) });
  for (const path of ["", "/", FOLDER, `/${FOLDER}/root.squashfs`, "images/a/b/c/d/e/f"]) {
    assert.equal(find(path), undefined, path);
  }
});

function folderProduct(folder: string) {
  return product(ID, { "20240101": container(folder, digest("a")) });
}

function lookUp(products: Readonly<Record<string, unknown>>) {
  const texts = Object.entries(products).map(([id, shape]) => [id, JSON.stringify(shape)] as const);
  return createItemLookup(new Map(texts), { keep: 10 });
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "../../core/errors.ts";
import type { CatalogPage } from "../../core/published_catalog.ts";
import type { ProductFilter } from "../../core/format/product_filter.ts";
import { openPublishedCatalog, readPublishedCatalog } from "../../core/published_catalog.ts";
import { createMemoryPorts, publishRoot, putImage } from "../support/memory_ports.ts";
import { container, digest, disk, foreignDocument, product } from "../support/published.ts";

const IDS = ["a:1:amd64:x", "a:1:arm64:x", "b:1:loong64:x", "b:1:m68k:x", "c:1:x86_64:y"] as const;
const CATALOG = open({
  [IDS[4]]: product(IDS[4], { "20240101": disk("c", digest("5"), "incus") }),
  [IDS[0]]: product(IDS[0], { "20240101": container("a", digest("1")) }),
  [IDS[1]]: product(IDS[1], {
    "20240101": container("b", digest("2")),
    "20240102": disk("b", digest("3"), "lxd"),
  }),
  [IDS[2]]: product(IDS[2], { "20240101": container("d", digest("4")) }),
  [IDS[3]]: product(IDS[3], { "20240101": container("e", digest("4")) }),
  broken: null,
  empty: product("empty:::", {}),
});

test("openPublishedCatalog() has all ids sorted, and products by their id", () => {
  assert.deepEqual(CATALOG.ids, [...IDS.slice(0, 4), "broken", IDS[4], "empty"]);
  assert.equal(CATALOG.product(IDS[1])?.versions.length, 2);
  assert.equal(CATALOG.product("broken"), undefined);
  assert.equal(CATALOG.product("a:1:amd64"), undefined);
});

test("openPublishedCatalog() parses a product when it is asked for, and once", () => {
  assert.equal(CATALOG.product(IDS[0]), CATALOG.product(IDS[0]));
});

test("openPublishedCatalog() returns undefined for what is no products document", () => {
  for (const text of ["", "{}", "[]", '{"products":[]}']) {
    assert.equal(openPublishedCatalog(new TextEncoder().encode(text)), undefined, text);
  }
});

test("list() returns all products that can be read, sorted by id, when there is no filter", () => {
  assert.deepEqual(list({}), { ids: [...IDS, "empty"], next: undefined });
});

test("list() returns page after page until there is no more", () => {
  assert.deepEqual(list({}, { limit: 4 }), { ids: IDS.slice(0, 4), next: IDS[3] });
  const last = { ids: [IDS[4], "empty"], next: undefined };
  assert.deepEqual(list({}, { limit: 2, after: IDS[3] }), last);
  assert.deepEqual(list({}, { limit: 2, after: "empty" }), { ids: [], next: undefined });
  assert.equal("next" in CATALOG.list({}, { limit: 10 }), false);
});

test("list() goes on after an id that is not there any more", () => {
  assert.deepEqual(list({}, { limit: 1, after: "a:2" }), { ids: [IDS[2]], next: IDS[2] });
});

test("list() names a next page only when a product on it passes the filter", () => {
  const filter = { type: "virtual-machine" } as const;
  assert.deepEqual(list(filter, { limit: 1 }), { ids: [IDS[1]], next: IDS[1] });
  assert.deepEqual(list(filter, { limit: 1, after: IDS[1] }), { ids: [IDS[4]], next: undefined });
  assert.deepEqual(list(filter, { limit: 2 }), { ids: [IDS[1], IDS[4]], next: undefined });
});

test("list() filters by each name, and by any spelling of an architecture", () => {
  assert.deepEqual(list({ os: "a" }).ids, [IDS[0], IDS[1]]);
  assert.deepEqual(list({ release: "2" }).ids, []);
  assert.deepEqual(list({ arch: "amd64" }).ids, [IDS[0], IDS[4]]);
  assert.deepEqual(list({ variant: "x", os: "b" }).ids, [IDS[2], IDS[3]]);
});

test("list() keeps the products that a client lists, with the images that it sees", () => {
  assert.deepEqual(list({ client: "incus" }).ids, [IDS[0], IDS[1], IDS[2], IDS[4]]);
  assert.deepEqual(list({ client: "lxd" }).ids, [IDS[0], IDS[1]]);
  const [found] = CATALOG.list({ client: "incus", release: "1", arch: "arm64" }, { limit: 1 })
    .products;
  assert.deepEqual(found?.versions.map(({ name }) => name), ["20240101"]);
});

test("list() says the same when it is asked again", () => {
  for (const filter of [{ client: "lxd" }, { type: "virtual-machine" }, {}] as const) {
    assert.deepEqual(list(filter), list(filter));
  }
});

test("list() throws a RangeError when the limit is no whole number from 1", () => {
  for (const limit of [0, -1, 1.5, NaN, Infinity]) {
    assert.throws(() => CATALOG.list({}, { limit }), RangeError);
  }
});

test("counts() counts products that can be read, versions with images, and fingerprints once", () => {
  assert.deepEqual(CATALOG.counts(), { products: 6, versions: 6, images: 5 });
});

test("readPublishedCatalog() counts what the run that published it counted", async () => {
  const ports = createMemoryPorts();
  putImage(ports, "images/debian/12/amd64/default/20240101", "a");
  putImage(ports, "images/debian/12/amd64/default/20240102", "b");
  putImage(ports, "images/debian/12/arm64/default/20240102", "b");
  const { result: { counts } } = await publishRoot(ports);
  const { products, versions, images } = counts;
  const catalog = readPublishedCatalog(ports.tree, "/root");
  assert.deepEqual(catalog?.counts(), { products, versions, images });
  const path = "images/debian/12/amd64/default/20240101/root.squashfs";
  // printf "root a" | sha256sum
  assert.deepEqual(catalog?.item(path), {
    ftype: "squashfs",
    path,
    size: 6,
    sha256: "9b0fbf23a3dee125fb975a8bc4f93c3e9b09dc3e336ac7c36df25f4eb4620593",
  });
});

test("readPublishedCatalog() returns undefined when nothing is published", () => {
  const { tree } = createMemoryPorts();
  assert.equal(readPublishedCatalog(tree, "/root"), undefined);
});

test("readPublishedCatalog() throws a FormatError that names a file of another kind", () => {
  const { tree } = createMemoryPorts();
  tree.put("/root/streams/v1/images.json", "{}");
  assert.throws(() => readPublishedCatalog(tree, "/root"), (error) => {
    assert.ok(error instanceof FormatError);
    assert.deepEqual(error.where, { path: "streams/v1/images.json" });
    assert.match(error.message, /"streams\/v1\/images\.json"/);
    return true;
  });
});

function open(products: Readonly<Record<string, unknown>>) {
  return openPublishedCatalog(foreignDocument(products)) ?? assert.fail("no products document");
}

function list(filter: ProductFilter, page: CatalogPage = { limit: 100 }) {
  const { products, next } = CATALOG.list(filter, page);
  return { ids: products.map(({ id }) => id), next };
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { filterImages, matchesNames } from "../../../core/format/product_filter.ts";
import { parsePublishedProduct } from "../../../core/format/published_product.ts";
import { container, digest, disk, product } from "../../support/published.ts";

const NAME = { os: "debian", release: "12", arch: "amd64", variant: "default" };
const ID = "debian:12:amd64:default";
const PRODUCT = parsePublishedProduct(
  ID,
  JSON.stringify(product(ID, {
    "20240101": container("a", digest("1")),
    "20240102": disk("b", digest("2"), "incus"),
    "20240103": { ...container("c", digest("3")), ...disk("c", digest("4"), "lxd") },
  })),
) ?? assert.fail();

test("matchesNames() lets all through when nothing is asked for", () => {
  assert.equal(matchesNames(NAME, {}), true);
});

test("matchesNames() compares each name, and case counts", () => {
  for (const [field, value] of Object.entries(NAME)) {
    assert.equal(matchesNames(NAME, { [field]: value }), true);
    assert.equal(matchesNames(NAME, { [field]: value.toUpperCase() + "x" }), false);
  }
  assert.equal(matchesNames(NAME, { os: "Debian" }), false);
  assert.equal(matchesNames(NAME, { os: "" }), false);
});

test("matchesNames() takes spellings of one architecture for the same", () => {
  assert.equal(matchesNames(NAME, { arch: "x86_64" }), true);
  assert.equal(matchesNames({ ...NAME, arch: "x86_64" }, { arch: "amd64" }), true);
  assert.equal(matchesNames(NAME, { arch: "arm64" }), false);
  assert.equal(matchesNames({ ...NAME, arch: "m68k" }, { arch: "m68k" }), true);
});

test("matchesNames() lets a client have the architectures that it knows", () => {
  assert.equal(matchesNames({ ...NAME, arch: "loong64" }, { client: "incus" }), true);
  assert.equal(matchesNames({ ...NAME, arch: "loong64" }, { client: "lxd" }), false);
  assert.equal(matchesNames({ ...NAME, arch: "m68k" }, { client: "incus" }), false);
});

test("filterImages() keeps images of a type, and the versions that have one", () => {
  assert.deepEqual(left({ type: "container" }), [["20240101", "1"], ["20240103", "3"]]);
  assert.deepEqual(left({ type: "virtual-machine" }), [["20240102", "2"], ["20240103", "4"]]);
});

test("filterImages() keeps images that a client sees", () => {
  assert.deepEqual(left({ client: "incus" }), [
    ["20240101", "1"],
    ["20240102", "2"],
    ["20240103", "3"],
  ]);
  assert.deepEqual(left({ client: "lxd" }), [["20240101", "1"], ["20240103", "3", "4"]]);
  assert.deepEqual(left({ client: "lxd", type: "virtual-machine" }), [["20240103", "4"]]);
});

test("filterImages() returns undefined when nothing is left", () => {
  const small = { ...PRODUCT, versions: PRODUCT.versions.slice(0, 1) };
  assert.equal(filterImages(small, { type: "virtual-machine" }), undefined);
  assert.equal(filterImages(small, {}), small);
});

function left(filter: Parameters<typeof filterImages>[1]) {
  return filterImages(PRODUCT, filter)?.versions.map(({ name, images }) => [
    name,
    ...images.map(({ fingerprint }) => fingerprint[0]),
  ]);
}

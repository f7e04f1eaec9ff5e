import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { publishedProducts } from "../../../core/format/documents.ts";
import {
  parsePublishedName,
  parsePublishedProduct,
} from "../../../core/format/published_product.ts";
import { container, digest, product } from "../../support/published.ts";

const ID = "debian:12:amd64:default";
const NAME = { os: "debian", release: "12", arch: "amd64", variant: "default" };

test("parsePublishedProduct() reads a product that this tool published", () => {
  const products = publishedProducts(readFileSync("test/golden/original/images.json"));
  const found = parsePublishedProduct(ID, products?.get(ID) ?? "") ?? assert.fail();
  const { versions, ...head } = found;
  assert.deepEqual(head, {
    id: ID,
    ...NAME,
    release_title: "12",
    aliases: ["debian/12/default", "debian/12"],
    requirements: {},
    lxd_requirements: {},
  });
  // The digests are those of test/golden/original, which sha256sum made.
  assert.deepEqual(
    versions.map(({ name, images }) => [
      name,
      images.map(({ fingerprint, type, clients }) => [fingerprint.slice(0, 8), type, clients]),
    ]),
    [
      ["20240101_05:24", [
        ["9158b4e3", "container", ["incus"]],
        ["6ccd1f2b", "container", ["lxd"]],
        ["9dc297da", "container", ["incus"]],
        ["ac0916fe", "container", ["lxd"]],
      ]],
      ["20240201_05:24", [
        ["923abbb0", "container", ["incus", "lxd"]],
        ["e1de50a2", "virtual-machine", ["incus", "lxd"]],
      ]],
    ],
  );
  assert.equal(versions[1]?.images[1]?.size, 76 + 74);
});

test("parsePublishedProduct() sorts versions by name and leaves out what clients skip", () => {
  const items = container("a", digest("a"));
  const found = parse(product(ID, {
    "20240301": items,
    "20240101_05:24": items,
    "20240101": items,
    "20240230": items,
    latest: items,
    "2024": items,
    "20240401-anything": items,
    "20240501": {},
  }));
  assert.deepEqual(found?.versions.map(({ name }) => name), [
    "20240101",
    "20240101_05:24",
    "20240301",
    "20240401-anything",
  ]);
});

test("parsePublishedProduct() gives requirements sorted by key, and none that is no text", () => {
  const found = parse({
    requirements: { secureboot: "false", cgroup: "v1", nesting: true },
    lxd_requirements: { ["__proto__"]: "kept" },
  });
  assert.deepEqual(Object.keys(found?.requirements ?? {}), ["cgroup", "secureboot"]);
  assert.equal(JSON.stringify(found?.requirements), '{"cgroup":"v1","secureboot":"false"}');
  assert.equal(JSON.stringify(found?.lxd_requirements), '{"__proto__":"kept"}');
});

test("parsePublishedProduct() splits aliases at commas and trims none", () => {
  assert.deepEqual(parse({ aliases: "a, b,,c" })?.aliases, ["a", " b", "", "c"]);
  assert.deepEqual(parse({ aliases: "" })?.aliases, []);
  assert.deepEqual(parse({ aliases: ["a"] })?.aliases, []);
});

test("parsePublishedProduct() gives a product of other shapes what can be used of it", () => {
  const empty = { os: "", release: "", arch: "", variant: "", aliases: [], versions: [] };
  const expected = { id: ID, ...empty, requirements: {}, lxd_requirements: {} };
  const odd = { os: 1, release: null, aliases: 5, requirements: [], versions: { a: 1, b: null } };
  for (const shape of [{}, odd, { versions: [] }, { versions: { "20240101": { items: [] } } }]) {
    assert.deepEqual(parse(shape), expected, JSON.stringify(shape));
  }
});

test("parsePublishedProduct() returns undefined for what is no object", () => {
  for (const text of ["", "{", "null", "[]", '"a"', "1"]) {
    assert.equal(parsePublishedProduct(ID, text), undefined, text);
  }
});

test("parsePublishedName() finds the names wherever the versions stand", () => {
  const versions = { "20240101": { items: {} } };
  for (
    const shape of [
      { ...NAME, versions },
      { versions, ...NAME },
      { os: "debian", versions, release: "12", arch: "amd64", variant: "default" },
      { requirements: { versions: {} }, ...NAME, versions },
      { label: 'quoted ","versions":{', ...NAME, versions },
      NAME,
    ]
  ) {
    assert.deepEqual(parsePublishedName(JSON.stringify(shape)), NAME, JSON.stringify(shape));
  }
});

test("parsePublishedName() does not read the versions when they stand last", () => {
  const text = JSON.stringify({ ...NAME, versions: {} }).slice(0, -2);
  assert.deepEqual(parsePublishedName(`${text} no JSON at all`), NAME);
});

test("parsePublishedName() returns undefined for what is no object", () => {
  for (const text of ["", "null", "[]", '"versions":{']) {
    assert.equal(parsePublishedName(text), undefined, text);
  }
});

function parse(shape: unknown) {
  return parsePublishedProduct(ID, JSON.stringify(shape));
}

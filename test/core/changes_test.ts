import assert from "node:assert/strict";
import { test } from "node:test";
import { type Changes, compareDocuments, NO_CHANGES } from "../../core/changes.ts";

const ID = "debian:12:amd64:default";
const ITEM = { ftype: "squashfs", path: "images/a", sha256: "a".repeat(64), size: 1 };
const PRODUCT = {
  aliases: "debian/12",
  requirements: {},
  versions: {
    "20240101": { items: { "root.squashfs": ITEM } },
    "20240102": { items: { "root.squashfs": ITEM } },
  },
};

test("compareDocuments() finds no change between equal documents", () => {
  assert.deepEqual(compare({ [ID]: PRODUCT }, { [ID]: PRODUCT }), NO_CHANGES);
});

test("compareDocuments() finds no change between empty documents", () => {
  assert.deepEqual(compare({}, {}), NO_CHANGES);
});

test("compareDocuments() names every version of a new product", () => {
  assert.deepEqual(compare({}, { [ID]: PRODUCT }), {
    added: [`${ID}@20240101`, `${ID}@20240102`],
    removed: [],
    changed: [],
  });
});

test("compareDocuments() names every version of a product that is gone", () => {
  assert.deepEqual(compare({ [ID]: PRODUCT }, {}), {
    added: [],
    removed: [`${ID}@20240101`, `${ID}@20240102`],
    changed: [],
  });
});

test("compareDocuments() names versions that came and went in one product", () => {
  const { "20240101": first, "20240102": second } = PRODUCT.versions;
  assert.deepEqual(
    compare(
      { [ID]: { ...PRODUCT, versions: { "20240101": first, "20240102": second } } },
      { [ID]: { ...PRODUCT, versions: { "20240102": second, "20240103": first } } },
    ),
    { added: [`${ID}@20240103`], removed: [`${ID}@20240101`], changed: [] },
  );
});

test("compareDocuments() names a version with another item", () => {
  const items = { "root.squashfs": { ...ITEM, sha256: "b".repeat(64) } };
  const versions = { ...PRODUCT.versions, "20240102": { items } };
  assert.deepEqual(compare({ [ID]: PRODUCT }, { [ID]: { ...PRODUCT, versions } }), {
    added: [],
    removed: [],
    changed: [`${ID}@20240102`],
  });
});

test("compareDocuments() names a version with one item more", () => {
  const items = { "root.squashfs": ITEM, "disk.qcow2": ITEM };
  const versions = { ...PRODUCT.versions, "20240101": { items } };
  assert.deepEqual(compare({ [ID]: PRODUCT }, { [ID]: { ...PRODUCT, versions } }), {
    added: [],
    removed: [],
    changed: [`${ID}@20240101`],
  });
});

test("compareDocuments() names a product whose aliases or requirements are others", () => {
  for (const change of [{ aliases: "" }, { requirements: { nesting: "true" } }]) {
    assert.deepEqual(compare({ [ID]: PRODUCT }, { [ID]: { ...PRODUCT, ...change } }), {
      added: [],
      removed: [],
      changed: [ID],
    });
  }
});

test("compareDocuments() names a product with other requirements and a new version for both", () => {
  const versions = { ...PRODUCT.versions, "20240103": { items: {} } };
  const after = { ...PRODUCT, requirements: { nesting: "true" }, versions };
  assert.deepEqual(compare({ [ID]: PRODUCT }, { [ID]: after }), {
    added: [`${ID}@20240103`],
    removed: [],
    changed: [ID],
  });
});

test("compareDocuments() finds no change in versions and items that stand in another order", () => {
  const { ftype, path, sha256, size } = ITEM;
  const changes = compareTexts(
    JSON.stringify({ versions: { a: { items: {} }, b: { items: { x: ITEM, y: ITEM } } } }),
    JSON.stringify({
      versions: {
        c: { items: {} },
        b: { items: { y: ITEM, x: { size, sha256, path, ftype } } },
        a: { items: {} },
      },
    }),
  );
  assert.deepEqual(changes, { added: [`${ID}@c`], removed: [], changed: [] });
});

test("compareDocuments() finds no change when a product's fields stand in another order", () => {
  const { aliases, requirements, versions } = PRODUCT;
  const changes = compareTexts(
    JSON.stringify({ aliases, requirements, versions }),
    JSON.stringify({ requirements, versions, aliases }),
  );
  assert.deepEqual(changes, NO_CHANGES);
});

test("compareDocuments() sorts each list", () => {
  const changes = compare({}, { b: PRODUCT, a: PRODUCT });
  assert.deepEqual(changes.added, ["a@20240101", "a@20240102", "b@20240101", "b@20240102"]);
});

test("compareDocuments() takes what is no product for one without versions", () => {
  assert.deepEqual(compareTexts("senseless", JSON.stringify(PRODUCT)), {
    added: [`${ID}@20240101`, `${ID}@20240102`],
    removed: [],
    changed: [],
  });
});

function compare(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Changes {
  return compareDocuments(texts(before), texts(after));
}

function texts(products: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(products).map(([id, product]) => [id, JSON.stringify(product)]),
  );
}

function compareTexts(before: string, after: string): Changes {
  return compareDocuments(new Map([[ID, before]]), new Map([[ID, after]]));
}

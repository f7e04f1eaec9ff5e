import assert from "node:assert/strict";
import { test } from "node:test";
import {
  fingerprintsIn,
  IMAGES_PATH,
  INDEX_PATH,
  indexDocument,
  productsDocument,
  productTexts,
  publishedProducts,
  publishedVersions,
  versionNamesIn,
} from "../../../core/format/documents.ts";
import type { Catalog, Item, Product } from "../../../core/format/model.ts";

// printf incus | sha256sum; printf squash | sha256sum; printf incussquash | sha256sum
const INCUS = "4938ab1fdfcd7ad2d99e23cdbce039860d31a5d47365317ee4ea78a73d5f544f";
const SQUASH = "586abb54469a8ddcc16171b711cd2dd6add6b2c7f88e2d75d6da21c749a682f3";
const COMBINED = "eec66f576325a63b6a654a4fd96fddd235a95c6b2bc83c8e8e4c44121bb0f516";

const FOLDER = "images/debian/12/amd64/default/20240101_05:24";
const ROOT_ITEM: Item = {
  key: "root.squashfs",
  ftype: "squashfs",
  path: `${FOLDER}/root.squashfs`,
  sizeBytes: 6,
  sha256: SQUASH,
  combined: new Map(),
};
const METADATA_ITEM: Item = {
  key: "incus.tar.xz",
  ftype: "incus.tar.xz",
  path: `${FOLDER}/incus.tar.xz`,
  sizeBytes: 5,
  sha256: INCUS,
  combined: new Map([["combined_squashfs_sha256", COMBINED]]),
};
const PRODUCT: Product = {
  stream: "images",
  os: "debian",
  release: "12",
  arch: "amd64",
  variant: "default",
  aliases: ["debian/12", "debian/12/default"],
  settings: {},
  requirements: new Map([["secureboot", "false"], ["nesting", "true"]]),
  lxdRequirements: new Map(),
  versions: [{ name: "20240101_05:24", items: [METADATA_ITEM, ROOT_ITEM] }],
};
const OTHER: Product = { ...PRODUCT, os: "ubuntu", aliases: [], versions: [] };

const HEAD =
  '{"content_id":"images","datatype":"image-downloads","format":"products:1.0","products":{';

test("IMAGES_PATH and INDEX_PATH are where clients look", () => {
  assert.deepEqual([IMAGES_PATH, INDEX_PATH], [
    "streams/v1/images.json",
    "streams/v1/index.json",
  ]);
});

test("productsDocument() has the contract's heads", () => {
  assert.deepEqual(JSON.parse(write({ products: [] })), {
    content_id: "images",
    datatype: "image-downloads",
    format: "products:1.0",
    products: {},
  });
});

test("productsDocument() writes all fields of a product, with the types that clients decode", () => {
  assert.deepEqual(JSON.parse(write({ products: [PRODUCT] })).products, {
    "debian:12:amd64:default": {
      aliases: "debian/12,debian/12/default",
      arch: "amd64",
      lxd_requirements: {},
      os: "debian",
      release: "12",
      release_title: "12",
      requirements: { nesting: "true", secureboot: "false" },
      variant: "default",
      versions: {
        "20240101_05:24": {
          items: {
            "incus.tar.xz": {
              combined_squashfs_sha256: COMBINED,
              ftype: "incus.tar.xz",
              path: `${FOLDER}/incus.tar.xz`,
              sha256: INCUS,
              size: 5,
            },
            "root.squashfs": {
              ftype: "squashfs",
              path: `${FOLDER}/root.squashfs`,
              sha256: SQUASH,
              size: 6,
            },
          },
        },
      },
    },
  });
});

test("productsDocument() writes these bytes: sorted keys, a product a line, a final newline", () => {
  const product = { ...PRODUCT, versions: [{ name: "20240101_05:24", items: [ROOT_ITEM] }] };
  assert.equal(
    write({ products: [product, OTHER] }),
    `${HEAD}\n` +
      '"debian:12:amd64:default":{"aliases":"debian/12,debian/12/default","arch":"amd64",' +
      '"lxd_requirements":{},"os":"debian","release":"12","release_title":"12",' +
      '"requirements":{"nesting":"true","secureboot":"false"},"variant":"default",' +
      '"versions":{"20240101_05:24":{"items":{"root.squashfs":{"ftype":"squashfs",' +
      `"path":"${FOLDER}/root.squashfs","sha256":"${SQUASH}","size":6}}}}},\n` +
      '"ubuntu:12:amd64:default":{"aliases":"","arch":"amd64","lxd_requirements":{},' +
      '"os":"ubuntu","release":"12","release_title":"12",' +
      '"requirements":{"nesting":"true","secureboot":"false"},"variant":"default","versions":{}}\n' +
      "}}\n",
  );
});

test("productsDocument() writes an empty catalog on one line", () => {
  assert.equal(write({ products: [] }), `${HEAD}}}\n`);
});

test("productsDocument() comes in pieces of at most one product", () => {
  const pieces = [...productsDocument("images", productTexts({ products: [PRODUCT, OTHER] }))];
  for (const piece of pieces) {
    assert.ok(!(piece.includes('"debian:12') && piece.includes('"ubuntu:12')));
  }
});

test("productsDocument() sorts products by id, whatever their order", () => {
  const texts = new Map([["b:1", "{}"], ["a:9", "{}"], ["B:1", "{}"], ["a:10", "{}"]]);
  assert.equal(
    [...productsDocument("images", texts)].join(""),
    `${HEAD}\n"B:1":{},\n"a:10":{},\n"a:9":{},\n"b:1":{}\n}}\n`,
  );
});

test("productTexts() returns id to JSON", () => {
  const texts = productTexts({ products: [PRODUCT, OTHER] });
  assert.deepEqual([...texts.keys()].sort(), [
    "debian:12:amd64:default",
    "ubuntu:12:amd64:default",
  ]);
  assert.equal(JSON.parse(texts.get("ubuntu:12:amd64:default") ?? "").os, "ubuntu");
});

test("fingerprintsIn() returns a product's fingerprints, not its files' digests", () => {
  assert.deepEqual(fingerprintsIn(textOf(PRODUCT)), [COMBINED]);
});

test("fingerprintsIn() takes no requirement for a fingerprint", () => {
  const requirements = new Map([["combined_sha256", INCUS]]);
  assert.deepEqual(fingerprintsIn(textOf({ ...PRODUCT, requirements })), [COMBINED]);
});

test("fingerprintsIn() returns nothing for a product without versions", () => {
  assert.deepEqual(fingerprintsIn(textOf(OTHER)), []);
});

test("versionNamesIn() names versions, not items", () => {
  const [version] = PRODUCT.versions;
  const versions = ["20240101", "20240102", "20240103"].flatMap((name) =>
    version === undefined ? [] : [{ ...version, name }]
  );
  const products = [OTHER, PRODUCT, { ...PRODUCT, versions }];
  assert.deepEqual(products.map(textOf).map((text) => versionNamesIn(text).length), [0, 1, 3]);
});

test("indexDocument() writes these bytes", () => {
  assert.equal(
    indexDocument([{ name: "images", ids: ["a:1:amd64:default"] }]),
    '{"format":"index:1.0","index":{"images":{"datatype":"image-downloads",' +
      '"format":"products:1.0","path":"streams/v1/images.json",' +
      '"products":["a:1:amd64:default"]}}}\n',
  );
});

test("indexDocument() sorts products", () => {
  assert.deepEqual(
    JSON.parse(
      indexDocument([{
        name: "images",
        ids: ["b:1:amd64:default", "B:1:amd64:default", "a:9:amd64:default"],
      }]),
    )
      .index.images.products,
    ["B:1:amd64:default", "a:9:amd64:default", "b:1:amd64:default"],
  );
});

test("indexDocument() writes an empty list for no products", () => {
  assert.deepEqual(
    JSON.parse(indexDocument([{ name: "images", ids: [] }])).index.images.products,
    [],
  );
});

test("indexDocument() escapes ids", () => {
  const id = 'a"\\:1:amd64:default';
  assert.deepEqual(
    JSON.parse(indexDocument([{ name: "images", ids: [id] }])).index.images.products,
    [id],
  );
});

test("publishedProducts() returns the products of a document of ours", () => {
  const products = read(write({ products: [PRODUCT, OTHER] }));
  assert.deepEqual([...products?.keys() ?? []], [
    "debian:12:amd64:default",
    "ubuntu:12:amd64:default",
  ]);
});

test("publishedProducts() returns each product's JSON", () => {
  const text = read(write({ products: [PRODUCT, OTHER] }))?.get("ubuntu:12:amd64:default");
  assert.equal(JSON.parse(text ?? "").os, "ubuntu");
});

test("publishedProducts() returns nothing for an empty document of ours", () => {
  assert.equal(read(write({ products: [] }))?.size, 0);
});

test("publishedProducts() reads a requirement with a line separator in it", () => {
  const requirements = new Map([["cgroup", "a\u2028b\u2029c"]]);
  const products = read(write({ products: [{ ...PRODUCT, requirements }] }));
  const text = products?.get("debian:12:amd64:default");
  assert.deepEqual(JSON.parse(text ?? "{}").requirements, { cgroup: "a\u2028b\u2029c" });
});

test("publishedProducts() reads names with quotes, backslashes and braces", () => {
  const product = { ...PRODUCT, os: 'a"\\', release: '":{}}', variant: "\\n" };
  const products = read(write({ products: [product] }));
  assert.deepEqual([...products?.keys() ?? []], ['a"\\:":{}}:amd64:\\n']);
});

test("publishedProducts() reads another producer's document, whatever its layout", () => {
  const document = { format: "products:1.0", products: { "a:1:amd64:default": { os: "a" } } };
  for (const spaces of [0, 4]) {
    const products = read(JSON.stringify(document, null, spaces));
    assert.deepEqual(products, new Map([["a:1:amd64:default", '{"os":"a"}']]));
  }
});

test("publishedProducts() returns undefined for what is no products document", () => {
  const texts = ["", "{", "[]", "null", "{}", '{"products":[]}', '{"products":null}', "\u0000"];
  assert.deepEqual(texts.map(read), texts.map(() => undefined));
});

test("publishedProducts() returns undefined for a document of ours that was cut off anywhere", () => {
  const text = write({ products: [PRODUCT, OTHER] });
  for (let length = 0; length < text.length - 1; length++) {
    assert.equal(read(text.slice(0, length)), undefined, `${length} characters`);
  }
});

test("publishedProducts() returns undefined when a line of a document of ours was damaged", () => {
  const text = write({ products: [PRODUCT, OTHER] });
  assert.equal(read(text.replace('"ubuntu:12', "ubuntu:12")), undefined);
});

test("publishedVersions() returns version, item key and item", () => {
  const text = read(write({ products: [PRODUCT] }))?.get("debian:12:amd64:default");
  const items = publishedVersions(text ?? "").get("20240101_05:24");
  assert.deepEqual([...items?.keys() ?? []].sort(), ["incus.tar.xz", "root.squashfs"]);
  assert.deepEqual(items?.get("root.squashfs"), {
    ftype: "squashfs",
    path: `${FOLDER}/root.squashfs`,
    sha256: SQUASH,
    size: 6,
  });
});

test("publishedVersions() returns a version without items as an empty one", () => {
  assert.deepEqual(
    publishedVersions('{"versions":{"a":{},"b":{"items":[]},"c":null}}'),
    new Map([["a", new Map()], ["b", new Map()], ["c", new Map()]]),
  );
});

test("publishedVersions() returns nothing for what is no product", () => {
  for (const text of ["", "[]", "null", "{}", '{"versions":[]}', '{"versions":1}']) {
    assert.deepEqual(publishedVersions(text), new Map());
  }
});

function textOf(product: Product): string {
  return [...productTexts({ products: [product] }).values()].join();
}

function write(catalog: Catalog): string {
  return [...productsDocument("images", productTexts(catalog))].join("");
}

function read(text: string): ReadonlyMap<string, string> | undefined {
  return publishedProducts(new TextEncoder().encode(text));
}

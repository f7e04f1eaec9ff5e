import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  fingerprintsIn,
  indexDocument,
  productsDocument,
  productTexts,
  publishedProducts,
  publishedVersions,
  versionNamesIn,
} from "../../core/format/documents.ts";
import { imageFileNamed } from "../../core/format/image_files.ts";
import {
  type Catalog,
  type Item,
  type Product,
  productId,
  type Version,
} from "../../core/format/model.ts";

/** Any character there is, control characters and halves of surrogate pairs too. */
const character = fc
  .oneof(fc.nat({ max: 0xff }), fc.nat({ max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));
const text = fc.oneof(
  fc.string({ unit: character, maxLength: 6 }),
  fc.constantFrom("__proto__", "constructor", "toString", "20240101", "7", '"', "\\", '":{', "}}"),
  fc.constantFrom("\n", "\r\n", "\u2028", "\u2029", "\ufeff", "😀", "\ud83d", ""),
);
// V8 15.0 (Deno 2.9): once JSON.parse() has met a key with "\\" in it, it takes some others for it.
const key = text.filter((text) => !text.includes("\\"));
// A colon would make two products one id; the scan leaves such folders out.
const name = key.filter((text) => !text.includes(":"));
const digest = fc.constantFrom("0", "5", "a", "f").map((digit) => digit.repeat(64));
const textMap = fc.array(fc.tuple(key, text), { maxLength: 4 }).map((pairs) => new Map(pairs));

const item: fc.Arbitrary<Item> = fc
  .record({
    row: fc.constantFrom(
      "incus.tar.xz",
      "lxd.tar.xz",
      "root.tar.xz",
      "root.squashfs",
      "disk.qcow2",
    ),
    path: text,
    sizeBytes: fc.maxSafeInteger(),
    sha256: digest,
    combined: fc
      .dictionary(
        fc.constantFrom(
          "combined_sha256",
          "combined_rootxz_sha256",
          "combined_disk-kvm-img_sha256",
        ),
        digest,
      )
      .map((fields) => new Map(Object.entries(fields))),
  })
  .map(({ row, ...item }) => ({ key: row, ftype: imageFileNamed(row)?.ftype ?? row, ...item }));
const version: fc.Arbitrary<Version> = fc.record({
  name: key,
  items: fc.uniqueArray(item, { selector: ({ key }) => key }).map((items) => sortBy(items, keyOf)),
  label: text,
}, { requiredKeys: ["name", "items"] });
const product: fc.Arbitrary<Product> = fc.record({
  stream: fc.constant("images"),
  os: name,
  release: name,
  arch: name,
  variant: name,
  aliases: fc.array(text, { maxLength: 3 }),
  settings: fc.record({
    os: text,
    releaseTitle: text,
    releaseCodename: text,
    version: text,
    supportEol: text,
    supported: fc.boolean(),
  }, { requiredKeys: [] }),
  requirements: textMap,
  lxdRequirements: textMap,
  versions: fc
    .uniqueArray(version, { selector: nameOf, maxLength: 4 })
    .map((versions) => sortBy(versions, nameOf)),
});
const catalog: fc.Arbitrary<Catalog> = fc
  .uniqueArray(product, { selector: productId, maxLength: 5 })
  .map((products) => ({ products: sortBy(products, productId) }));

test("productsDocument() writes JSON that says what the catalog says", () => {
  fc.assert(fc.property(catalog, (catalog) => {
    const document: unknown = JSON.parse(write(catalog));
    assert.deepEqual(document, {
      content_id: "images",
      datatype: "image-downloads",
      format: "products:1.0",
      products: record(catalog.products, productId, modelOfProduct),
    });
  }));
});

test("publishedProducts() reads every document of productsDocument()", () => {
  fc.assert(fc.property(catalog, (catalog) => {
    const products = read(write(catalog)) ?? assert.fail("no products document");
    assert.deepEqual([...products.keys()], catalog.products.map(productId));
    for (const product of catalog.products) {
      const published: unknown = JSON.parse(products.get(productId(product)) ?? "");
      assert.deepEqual(published, modelOfProduct(product));
    }
  }));
});

test("publishedProducts() reads the same out of any layout of a document", () => {
  fc.assert(fc.property(catalog, fc.nat({ max: 4 }), (catalog, spaces) => {
    const text = write(catalog);
    const [ours, theirs] = [text, JSON.stringify(JSON.parse(text), null, spaces)].map((text) =>
      new Map([...read(text) ?? []].map(([id, product]) => [id, JSON.parse(product)]))
    );
    assert.deepEqual(theirs, ours);
  }));
});

test("publishedVersions() reads every version and item of productsDocument()", () => {
  fc.assert(fc.property(catalog, (catalog) => {
    const products = read(write(catalog));
    for (const product of catalog.products) {
      const versions = publishedVersions(products?.get(productId(product)) ?? "");
      assert.deepEqual(
        versions,
        new Map(product.versions.map(({ name, items }) => [
          name,
          new Map(items.map((item) => [item.key, modelOfItem(item)])),
        ])),
      );
    }
  }));
});

test("productsDocument() writes the same bytes whatever the order of requirements and fingerprints", () => {
  fc.assert(fc.property(catalog, (catalog) => {
    const reversed: Catalog = {
      products: catalog.products.map((product) => ({
        ...product,
        requirements: new Map([...product.requirements].reverse()),
        lxdRequirements: new Map([...product.lxdRequirements].reverse()),
        versions: product.versions.map((version) => ({
          ...version,
          items: version.items.map((item) => ({
            ...item,
            combined: new Map([...item.combined].reverse()),
          })),
        })),
      })),
    };
    assert.equal(write(reversed), write(catalog));
  }));
});

test("versionNamesIn() and fingerprintsIn() agree with the product that was written", () => {
  fc.assert(fc.property(product, (product) => {
    const [text = ""] = productTexts({ products: [product] }).values();
    const fingerprints = product.versions.flatMap(({ items }) =>
      items.flatMap(({ combined }) => [...combined.values()])
    );
    assert.equal(versionNamesIn(text).length, product.versions.length);
    assert.deepEqual([...fingerprintsIn(text)].sort(), fingerprints.sort());
  }));
});

test("indexDocument() lists every id once and writes the same bytes whatever their order", () => {
  const ids = fc.uniqueArray(text).chain((ids) =>
    fc.tuple(
      fc.constant(ids),
      fc.shuffledSubarray(ids, { minLength: ids.length, maxLength: ids.length }),
    )
  );
  const index = (ids: readonly string[]) => indexDocument([{ name: "images", ids }]);
  fc.assert(fc.property(ids, ([ids, shuffled]) => {
    assert.equal(index(shuffled), index(ids));
    assert.deepEqual(JSON.parse(index(ids)).index.images.products, [...ids].sort());
  }));
});

test("publishedProducts() never throws, whatever the bytes are", () => {
  const texts = fc.oneof(fc.json(), fc.string({ unit: character })).map((text) =>
    new TextEncoder().encode(text)
  );
  fc.assert(fc.property(fc.oneof(texts, fc.uint8Array()), (bytes) => {
    publishedProducts(bytes);
  }));
});

test("publishedProducts() and publishedVersions() never throw on a damaged document", () => {
  const damage = fc.record({ place: fc.nat(), removed: fc.nat({ max: 9 }), added: text });
  fc.assert(fc.property(catalog, damage, (catalog, { place, removed, added }) => {
    const text = write(catalog);
    const at = place % text.length;
    const products = read(text.slice(0, at) + added + text.slice(at + removed));
    for (const product of products?.values() ?? []) publishedVersions(product);
  }));
});

function write(catalog: Catalog): string {
  return [...productsDocument("images", productTexts(catalog))].join("");
}

function read(text: string): ReadonlyMap<string, string> | undefined {
  return publishedProducts(new TextEncoder().encode(text));
}

function modelOfProduct(product: Product): unknown {
  const { os, release, arch, variant, settings } = product;
  const shown = {
    release_codename: settings.releaseCodename,
    support_eol: settings.supportEol,
    supported: settings.supported,
    version: settings.version,
  };
  return {
    ...Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined)),
    aliases: product.aliases.join(","),
    arch,
    lxd_requirements: Object.fromEntries(product.lxdRequirements),
    os: settings.os ?? os,
    release,
    release_title: settings.releaseTitle ?? release,
    requirements: Object.fromEntries(product.requirements),
    variant,
    versions: record(product.versions, nameOf, ({ items, label }) => ({
      items: record(items, keyOf, modelOfItem),
      ...label === undefined ? {} : { label },
    })),
  };
}

function modelOfItem(item: Item): unknown {
  const { ftype, path, sha256, sizeBytes: size } = item;
  return { ...Object.fromEntries(item.combined), ftype, path, sha256, size };
}

// Object.fromEntries() makes a property of "__proto__", as JSON.parse() does.
function record<T>(
  list: readonly T[],
  keyOf: (value: T) => string,
  valueOf: (value: T) => unknown,
): unknown {
  return Object.fromEntries(list.map((value) => [keyOf(value), valueOf(value)]));
}

function sortBy<T>(list: readonly T[], keyOf: (value: T) => string): readonly T[] {
  return [...list].sort((a, b) => keyOf(a) < keyOf(b) ? -1 : 1);
}

function nameOf(version: Version): string {
  return version.name;
}

function keyOf(item: Item): string {
  return item.key;
}

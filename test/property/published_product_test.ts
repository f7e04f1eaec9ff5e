import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fingerprintsIn, productTexts } from "../../core/format/documents.ts";
import { NO_DIGESTS } from "../../core/format/digests.ts";
import { IMAGE_FILES, selectFiles } from "../../core/format/image_files.ts";
import { buildItems } from "../../core/format/items.ts";
import type { Product, Version } from "../../core/format/model.ts";
import { productId, productPath } from "../../core/format/model.ts";
import { parsePublishedItems } from "../../core/format/published_images.ts";
import { parsePublishedName, parsePublishedProduct } from "../../core/format/published_product.ts";

const METADATA = IMAGE_FILES.filter(({ role }) => role === "metadata").map(({ name }) => name);
const ROOTS = IMAGE_FILES.filter(({ role }) => role === "root").map(({ name }) => name);
const NAME = { stream: "images", os: "debian", release: "12", arch: "amd64", variant: "default" };
const digest = fc.integer({ min: 0, max: 15 }).map((digit) => digit.toString(16).repeat(64));

/** Versions as the indexer builds them: any of the tree's files, and a fingerprint for each pair. */
const version: fc.Arbitrary<Version> = fc.record({
  name: fc.constantFrom("20240101", "20240102_05:24", "202401020600", "20240103.9", "20240103.10"),
  metadata: fc.subarray(METADATA, { minLength: 1 }),
  roots: fc.subarray(ROOTS, { minLength: 1 }),
  digests: fc.array(digest, { minLength: 12, maxLength: 12 }),
}).map(({ name, metadata, roots, digests }) => {
  const files = selectFiles([...metadata, ...roots].map((name) => ({ name, sizeBytes: 7 })));
  const items = buildItems(`${productPath(NAME)}/${name}`, files, {
    ...NO_DIGESTS,
    own: new Map([...metadata, ...roots].map((name) => [name, "f".repeat(64)])),
    combined: new Map(metadata.map((name, row) => [
      name,
      new Map(roots.map((root, column) => [root, digests[row * 5 + column] ?? ""])),
    ])),
  });
  return { name, items };
});
const product: fc.Arbitrary<Product> = fc.record({
  versions: fc.uniqueArray(version, { selector: ({ name }) => name, maxLength: 4 }),
  requirements: fc.dictionary(fc.string(), fc.string()),
}).map(({ versions, requirements }) => ({
  ...NAME,
  aliases: ["debian/12"],
  settings: {},
  requirements: new Map(Object.entries(requirements)),
  lxdRequirements: new Map(),
  versions,
}));
const written = product.map((product) => {
  const [text = ""] = productTexts({ products: [product] }).values();
  return { product, text };
});

test("parsePublishedProduct() finds every fingerprint that this tool publishes, and nothing else", () => {
  fc.assert(fc.property(written, ({ text }) => {
    const found = parsePublishedProduct(productId(NAME), text);
    const images = found?.versions.flatMap(({ images }) => images) ?? [];
    assert.deepEqual(
      new Set(images.map(({ fingerprint }) => fingerprint)),
      new Set(fingerprintsIn(text)),
    );
  }));
});

test("parsePublishedProduct() has each fingerprint for the clients whose metadata carries it", () => {
  fc.assert(fc.property(written, ({ product, text }) => {
    const found = parsePublishedProduct(productId(NAME), text);
    for (const { name, items } of product.versions) {
      const images = found?.versions.find((version) => version.name === name)?.images ?? [];
      assert.equal(new Set(images.map(({ fingerprint }) => fingerprint)).size, images.length);
      for (const { fingerprint, clients, size, files } of images) {
        const seen = items.filter(({ combined }) => [...combined.values()].includes(fingerprint));
        assert.deepEqual(clients, seen.map(({ ftype }) => ftype.split(".")[0]).sort());
        assert.equal(size, files.length * 7);
      }
    }
  }));
});

test("parsePublishedItems() finds every path that this tool publishes, and nothing else", () => {
  fc.assert(fc.property(written, ({ product, text }) => {
    const paths = product.versions.flatMap(({ items }) => items.map(({ path }) => path));
    assert.deepEqual(new Set(parsePublishedItems(text).keys()), new Set(paths));
  }));
});

test("parsePublishedProduct() says the same whatever the order of versions and items", () => {
  fc.assert(fc.property(written, ({ product, text }) => {
    const reversed = {
      ...product,
      versions: [...product.versions].reverse().map(({ name, items }) => ({
        name,
        items: [...items].reverse(),
      })),
    };
    const [other = ""] = productTexts({ products: [reversed] }).values();
    assert.deepEqual(parsePublishedProduct("id", other), parsePublishedProduct("id", text));
  }));
});

/** Shapes near to a product's, with anything in the place of each part. */
const odd = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom("a".repeat(64), 1, -1, ""));
function near(
  fields: Readonly<Record<string, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 9, arbitrary: fc.record(fields, { requiredKeys: [] }) },
    { weight: 1, arbitrary: odd },
  );
}
const sometimes = (value: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: odd });
const nearItem = near({
  ftype: sometimes(fc.constantFrom("incus.tar.xz", "lxd.tar.xz", "squashfs", "uefi1.img")),
  path: sometimes(fc.string()),
  size: sometimes(fc.nat()),
  sha256: sometimes(digest),
  combined_squashfs_sha256: sometimes(digest),
  "combined_uefi1-img_sha256": sometimes(digest),
});
const nearVersion = near({ items: near({ a: nearItem, b: nearItem, c: nearItem }) });
const nearProduct = near({
  os: odd,
  aliases: sometimes(fc.string()),
  requirements: near({ a: odd, b: fc.string() }),
  versions: near({ "20240101": nearVersion, "20240102": nearVersion, nonsense: nearVersion }),
  arch: odd,
});

test("parsePublishedProduct() never throws, and yields whole images alone, on any JSON", () => {
  fc.assert(
    fc.property(fc.oneof(nearProduct, odd), fc.nat({ max: 2 }), (shape, spaces) => {
      const text = JSON.stringify(shape, null, spaces);
      const found = parsePublishedProduct("id", text);
      for (const { images } of found?.versions ?? []) {
        assert.ok(images.length > 0);
        for (const { fingerprint, clients, size, files } of images) {
          // Clients show whatever text it is
          assert.notEqual(fingerprint, "");
          assert.ok(clients.length > 0 && files.length > 0 && Number.isSafeInteger(size));
        }
      }
      const { os, release, arch, variant } = found ?? {};
      const name = found && { os, release, arch, variant };
      assert.deepEqual(parsePublishedName(text), name);
      parsePublishedItems(text);
    }),
    { numRuns: 1000 },
  );
});

test("parsePublishedProduct() never throws on text that is no JSON", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
    parsePublishedProduct("id", text);
    parsePublishedName(text);
    parsePublishedItems(text);
  }));
});

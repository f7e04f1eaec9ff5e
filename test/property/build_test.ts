import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { defaultAliases } from "../../core/format/aliases.ts";
import { buildCatalog, type ProductDraft } from "../../core/build.ts";
import { canonicalArchitecture } from "../../core/format/architecture.ts";
import { indexDocument, productsDocument, productTexts } from "../../core/format/documents.ts";
import { sortFindings } from "../../core/format/finding.ts";
import { NO_DIGESTS } from "../../core/format/digests.ts";
import { selectFiles } from "../../core/format/image_files.ts";
import { buildItems } from "../../core/format/items.ts";
import {
  type Catalog,
  type Item,
  productId,
  productPath,
  type Version,
} from "../../core/format/model.ts";

// client-contract, "Items": where clients look the fingerprint of each root up.
const FINGERPRINT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  "root.tar.xz": ["combined_rootxz_sha256", "combined_sha256"],
  squashfs: ["combined_squashfs_sha256"],
  "disk-kvm.img": ["combined_disk-kvm-img_sha256"],
};

// Few names and digests, so that most catalogs have something taken.
const METADATA = ["incus.tar.xz", "lxd.tar.xz"];
const ROOTS = ["root.tar.xz", "rootfs.squashfs", "disk.qcow2"];
const versionName = fc.constantFrom(
  "20240101",
  "20240102",
  "20240102_05:24",
  "202401020600",
  "20240103.9",
  "20240103.10",
);
const digest = fc.integer({ min: 0, max: 9 }).map((digit) => String(digit).repeat(64));
const version: fc.Arbitrary<Version> = fc.record({
  name: versionName,
  metadata: fc.subarray(METADATA, { minLength: 1 }),
  roots: fc.subarray(ROOTS, { minLength: 1 }),
  fingerprints: fc.array(digest, { minLength: 6, maxLength: 6 }),
}).map(({ name, metadata, roots, fingerprints }) => {
  const files = [...metadata, ...roots].map((name) => ({ name, sizeBytes: 1 }));
  const items = buildItems(`images/x/${name}`, selectFiles(files), {
    ...NO_DIGESTS,
    own: new Map(files.map(({ name }) => [name, "f".repeat(64)])),
    combined: new Map(metadata.map((name, row) => [
      name,
      new Map(roots.map((root, column) => [root, fingerprints[row * 3 + column] ?? ""])),
    ])),
  });
  return { name, items };
});
const draft: fc.Arbitrary<ProductDraft> = fc.record({
  stream: fc.constant("images"),
  os: fc.constantFrom("debian", "Debian", "a,b", "__proto__"),
  release: fc.constantFrom("12", "20240101"),
  arch: fc.constantFrom("amd64", "x86_64", "arm64", "m68k"),
  variant: fc.constantFrom("default", "cloud"),
  requirements: fc.constant(new Map([["nesting", "true"]])),
  lxdRequirements: fc.constant(new Map()),
  settings: fc.constant({}),
  versions: fc.uniqueArray(version, { selector: ({ name }) => name, maxLength: 4 }),
}).map((draft) => ({ ...draft, aliases: defaultAliases(draft) }));
const drafts = fc.uniqueArray(draft, { selector: productId, maxLength: 8 });

/** One image as one family of clients sees it. */
interface SeenImage {
  readonly path: string;
  readonly version: string;
  readonly client: string;
  readonly fingerprint: string;
}

test("buildCatalog() leaves no two images that a client sees together with one fingerprint", () => {
  fc.assert(
    fc.property(drafts, (drafts) => {
      const seen = imagesOf(buildCatalog(drafts).catalog.products);
      const keys = seen.map(({ client, fingerprint }) => `${client} ${fingerprint}`);
      assert.equal(new Set(keys).size, keys.length);
    }),
    { numRuns: 300 },
  );
});

test("buildCatalog() keeps of each fingerprint the image in the newest version", () => {
  fc.assert(
    fc.property(drafts, (drafts) => {
      const kept = new Map(
        imagesOf(buildCatalog(drafts).catalog.products).map((image) => [
          `${image.client} ${image.fingerprint}`,
          image.version,
        ]),
      );
      const newest = new Map<string, string>();
      for (const { client, fingerprint, version } of imagesOf(drafts)) {
        const key = `${client} ${fingerprint}`;
        const known = newest.get(key);
        if (known === undefined || version > known) newest.set(key, version);
      }
      assert.deepEqual(kept, newest);
    }),
    { numRuns: 300 },
  );
});

test("buildCatalog() gives no alias twice within an architecture", () => {
  fc.assert(fc.property(drafts, (drafts) => {
    const aliases = buildCatalog(drafts).catalog.products.flatMap(({ arch, aliases }) =>
      aliases.map((alias) => `${canonicalArchitecture(arch) ?? arch} ${alias}`)
    );
    assert.equal(new Set(aliases).size, aliases.length);
  }));
});

test("buildCatalog() gives only aliases that survive the clients' split at commas", () => {
  fc.assert(fc.property(drafts, (drafts) => {
    for (const { aliases } of buildCatalog(drafts).catalog.products) {
      assert.deepEqual(aliases.join().split(",").filter((alias) => alias !== ""), aliases);
    }
  }));
});

test("buildCatalog() sorts products by id, and versions and items of each", () => {
  fc.assert(fc.property(drafts, (drafts) => {
    const { products } = buildCatalog(drafts).catalog;
    assertSorted(products.map(productId));
    for (const { versions } of products) {
      assertSorted(versions.map(({ name }) => name));
      for (const { items } of versions) assertSorted(items.map(({ key }) => key));
    }
  }));
});

test("buildCatalog() publishes every version or names it in a finding", () => {
  fc.assert(
    fc.property(drafts, (drafts) => {
      const { catalog, findings } = buildCatalog(drafts);
      const published = new Set(versionPaths(catalog.products));
      const named = new Set(findings.map(({ path }) => path));
      for (const path of versionPaths(drafts)) {
        assert.ok(published.has(path) || named.has(path), path);
      }
    }),
    { numRuns: 300 },
  );
});

test("buildCatalog() publishes every image or names its version in a finding", () => {
  fc.assert(
    fc.property(drafts, (drafts) => {
      const { catalog, findings } = buildCatalog(drafts);
      const published = new Set(imagesOf(catalog.products).map((image) => JSON.stringify(image)));
      const named = new Set(findings.map(({ path }) => path));
      for (const image of imagesOf(drafts)) {
        assert.ok(published.has(JSON.stringify(image)) || named.has(image.path), image.path);
      }
    }),
    { numRuns: 300 },
  );
});

test("buildCatalog() publishes every product or names it in a finding", () => {
  fc.assert(fc.property(drafts, (drafts) => {
    const { catalog, findings } = buildCatalog(drafts);
    const published = new Set(catalog.products.map(productId));
    const named = new Set(findings.map(({ path }) => path));
    for (const draft of drafts) {
      assert.ok(published.has(productId(draft)) || named.has(productPath(draft)));
    }
  }));
});

test("buildCatalog() publishes no version without an image, and no root without its fingerprint", () => {
  fc.assert(
    fc.property(drafts, (drafts) => {
      for (const { versions } of buildCatalog(drafts).catalog.products) {
        assert.notEqual(versions.length, 0);
        for (const { items } of versions) assertComplete(items);
      }
    }),
    { numRuns: 300 },
  );
});

test("buildCatalog() changes nothing in a catalog that it built", () => {
  fc.assert(fc.property(drafts, (drafts) => {
    const { catalog } = buildCatalog(drafts);
    assert.deepEqual(buildCatalog(catalog.products).catalog, catalog);
  }));
});

test("buildCatalog() gives the same bytes and findings whatever the order of products and versions", () => {
  const shuffled = drafts.chain((drafts) => fc.tuple(fc.constant(drafts), shuffle(drafts)));
  fc.assert(
    fc.property(shuffled, fc.boolean(), ([drafts, shuffled], isReversed) => {
      const built = buildCatalog(drafts);
      const again = buildCatalog(shuffled.map((draft) => ({
        ...draft,
        versions: isReversed ? [...draft.versions].reverse() : draft.versions,
      })));
      assert.equal(documents(again.catalog), documents(built.catalog));
      assert.deepEqual(sortFindings(again.findings), sortFindings(built.findings));
    }),
    { numRuns: 300 },
  );
});

function imagesOf(products: readonly ProductDraft[]): readonly SeenImage[] {
  return products.flatMap((product) =>
    product.versions.flatMap(({ name: version, items }) => {
      const path = `${productPath(product)}/${version}`;
      const roots = items.flatMap(({ ftype }) => FINGERPRINT_FIELDS[ftype] ? [ftype] : []);
      return items.flatMap(({ ftype: client, combined }) =>
        roots.flatMap((root) => {
          const fields = FINGERPRINT_FIELDS[root] ?? [];
          const [fingerprint] = fields.flatMap((field) => combined.get(field) ?? []);
          return fingerprint === undefined ? [] : [{ path, version, client, fingerprint }];
        })
      );
    })
  );
}

function versionPaths(products: readonly ProductDraft[]): readonly string[] {
  return products.flatMap((product) =>
    product.versions.map(({ name }) => `${productPath(product)}/${name}`)
  );
}

function assertComplete(items: readonly Item[]): void {
  const fields = new Set(items.flatMap(({ combined }) => [...combined.keys()]));
  const expected = items.flatMap(({ ftype }) => FINGERPRINT_FIELDS[ftype] ?? []);
  assert.deepEqual([...fields].sort(), expected.sort());
  assert.notEqual(fields.size, 0);
  for (const { ftype, combined } of items) {
    assert.equal(METADATA.includes(ftype), combined.size > 0, ftype);
  }
}

function assertSorted(texts: readonly string[]): void {
  assert.deepEqual(texts, [...new Set(texts)].sort());
}

function documents(catalog: Catalog): string {
  return [...productsDocument("images", productTexts(catalog))].join("") +
    indexDocument([{ name: "images", ids: catalog.products.map(productId) }]);
}

function shuffle<T>(list: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length });
}

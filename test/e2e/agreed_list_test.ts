import assert from "node:assert/strict";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { findTypeMismatches, PRODUCT_SHAPE } from "../../core/format/document_types.ts";
import { container, digest, product } from "../support/published.ts";
import { ARCHITECTURE } from "./support/busybox_image.ts";
import { openClient } from "./support/client.ts";
import { at, entriesOf, listOf, parseJson, textOf } from "./support/json.ts";
import {
  GAPS,
  LONE_ODDITIES,
  ODD_DOCUMENTS,
  ODDITIES,
  type OddProduct,
  PRODUCTS,
} from "./support/odd_products.ts";
import { serveRoot } from "./support/serve.ts";
import { runSimplestreams } from "./support/simplestreams.ts";
import { type Vendor, VENDORS } from "./support/vendor.ts";
import { NOT_STAGED, workDirectory } from "./support/work_directory.ts";

const { debian } = ARCHITECTURE;

const MOST = productsOf(PRODUCTS, Object.values(ODDITIES));

for (const vendor of VENDORS) {
  describe(`simplestreams list --client ${vendor.name}`, { skip: NOT_STAGED }, () => {
    it(`agrees with ${vendor.client} image list`, { timeout: 60_000 }, async (test) => {
      const lists = await listBoth(test, vendor, MOST);
      assert.ok(lists.theirs.length >= 15);
      for (const [what, odd] of Object.entries(ODDITIES)) {
        await test.test(`on ${what}`, { todo: GAPS[what] ?? false }, () => agree(lists, odd));
      }
      const gaps = JSON.stringify(Object.keys(GAPS).map((what) => ODDITIES[what]));
      const known = (images: readonly Image[]) =>
        images.filter(({ fingerprint }) => !gaps.includes(`"${fingerprint}"`)).sort(compareImages);
      assert.deepEqual(
        withSharedAliases(known(lists.ours)),
        withSharedAliases(known(lists.theirs)),
      );
    });

    for (const [what, odd] of Object.entries(LONE_ODDITIES)) {
      it(
        `agrees with ${vendor.client} image list on ${what}`,
        { timeout: 60_000 },
        async (test) => {
          agree(await listBoth(test, vendor, productsOf({}, [odd])), odd);
        },
      );
    }

    for (const [what, { entry, product: fields }] of Object.entries(ODD_DOCUMENTS)) {
      it(
        `lists or rejects what ${vendor.client} does: ${what}`,
        { timeout: 60_000 },
        async (test) => {
          const id = `debian:12:${debian}:default`;
          const sound = product(id, { "20240101": container("a", digest("a")) });
          const root = await writeDocuments({ [id]: { ...sound, ...fields } }, entry);
          const { url } = await serveRoot(test, root);
          const orRejected = (list: Promise<readonly Image[]>) => list.catch(() => "rejected");
          const theirs = await orRejected(listTheirs(vendor, url));
          assert.deepEqual(await orRejected(listOurs(vendor, root)), theirs);
        },
      );
    }
  });
}

type Products = Readonly<Record<string, unknown>>;

function productsOf(products: Products, odd: readonly OddProduct[]): Products {
  return { ...products, ...Object.fromEntries(odd.map(({ id, product }) => [id, product])) };
}

interface Lists {
  readonly ours: readonly Image[];
  readonly theirs: readonly Image[];
}

async function listBoth(test: TestContext, vendor: Vendor, products: Products): Promise<Lists> {
  const root = await writeDocuments(products);
  const { url } = await serveRoot(test, root);
  return { ours: await listOurs(vendor, root), theirs: await listTheirs(vendor, url) };
}

async function listTheirs(vendor: Vendor, url: string): Promise<readonly Image[]> {
  const client = await openClient(vendor, url);
  const listed = await client.call("image", "list", "t:", "--format", "json");
  return listOf(parseJson(listed)).map(readTheirs);
}

async function listOurs(vendor: Vendor, root: string): Promise<readonly Image[]> {
  const listed = await runSimplestreams("list", root, "--client", vendor.name, "--json");
  return listOf(parseJson(listed)).map(readOurs);
}

function agree({ ours, theirs }: Lists, { product }: OddProduct): void {
  // The client took the document, so that verify must not say that it would not.
  assert.deepEqual(findTypeMismatches(product, PRODUCT_SHAPE), []);
  const text = JSON.stringify(product);
  const here = (images: readonly Image[]) =>
    images.filter(({ fingerprint }) => text.includes(`"${fingerprint}"`));
  assert.deepEqual(here(ours), here(theirs));
}

async function writeDocuments(products: Products, changes: object = {}): Promise<string> {
  const root = await mkdtemp(join(workDirectory(), "root-"));
  await mkdir(join(root, "streams/v1"), { recursive: true });
  const entry = {
    datatype: "image-downloads",
    format: "products:1.0",
    path: "streams/v1/images.json",
    products: Object.keys(products),
    ...changes,
  };
  const write = (name: string, document: unknown) =>
    writeFile(join(root, "streams/v1", name), JSON.stringify(document));
  await write("index.json", { format: "index:1.0", index: { images: entry } });
  await write("images.json", { format: "products:1.0", products });
  return root;
}

type Image = ReturnType<typeof readTheirs>;

/**
 * Of images with one fingerprint a client gives the aliases to the one that it happens to see first, and
 * that is another one now and then: Go goes through a map in any order.
 */
function withSharedAliases(images: readonly Image[]): readonly Image[] {
  return images.map((image) => {
    const same = images.filter(({ fingerprint }) => fingerprint === image.fingerprint);
    return { ...image, aliases: [...new Set(same.flatMap(({ aliases }) => aliases))].sort() };
  });
}

function compareImages(a: Image, b: Image): number {
  const [left, right] = [a, b].map(({ fingerprint, os, version }) => fingerprint + os + version);
  return (left ?? "") < (right ?? "") ? -1 : 1;
}

function readTheirs(image: unknown) {
  const properties = new Map(
    entriesOf(at(image, "properties")).map(([key, value]) => [key, textOf(value)]),
  );
  const aliases = at(image, "aliases") === null ? [] : listOf(at(image, "aliases"));
  const property = (name: string) => properties.get(name) ?? "";
  return {
    fingerprint: textOf(at(image, "fingerprint")),
    type: textOf(at(image, "type")),
    size: Number(at(image, "size")),
    os: property("os"),
    release: property("release"),
    variant: property("variant"),
    arch: property("architecture"),
    version: property("serial"),
    aliases: aliases.map((alias) => textOf(at(alias, "name"))).sort(),
    requirements: Object.fromEntries(
      [...properties].filter(([key]) => key.startsWith("requirements."))
        .map(([key, value]) => [key.slice("requirements.".length), value]),
    ),
  };
}

function readOurs(image: unknown): Image {
  const text = (name: string) => textOf(at(image, name));
  const [arch, aliases] = [text("arch"), listOf(at(image, "aliases")).map(textOf)];
  // A client shows what it can launch by: of another architecture only names with that in them
  const isLocal = arch === debian || arch === ARCHITECTURE.kernel;
  return {
    fingerprint: text("fingerprint"),
    type: text("type"),
    size: Number(at(image, "size")),
    os: text("os"),
    release: text("release"),
    variant: text("variant"),
    arch,
    version: text("version"),
    aliases: aliases.filter((alias) => isLocal || alias.endsWith(`/${arch}`)).sort(),
    requirements: Object.fromEntries(
      entriesOf(at(image, "requirements")).map(([key, value]) => [key, textOf(value)]),
    ),
  };
}

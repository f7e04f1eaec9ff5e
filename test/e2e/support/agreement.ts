import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { at, entriesOf, listOf, parseJson, textOf } from "./json.ts";
import { run } from "./run.ts";
import { findTreeImages } from "./tree_images.ts";
import { VENDORS } from "./vendor.ts";

/** Returns the products document of a published tree. */
export async function readDocument(root: string): Promise<unknown> {
  return parseJson(await readFile(join(root, "streams/v1/images.json"), "utf8"));
}

/**
 * Asserts that the documents of a tree, `sha256sum` and `incus-simplestreams` name the same images
 * by the same fingerprints, and that each item has the size and the sha256 its document says.
 */
export async function assertTreeAgrees(root: string): Promise<void> {
  const images = await findTreeImages(root);
  const document = await readDocument(root);
  for (const { name, metadata } of VENDORS) {
    const expected = images.map((image) => image.fingerprints[name]).sort();
    assert.deepEqual(fingerprintsIn(document, metadata), expected, `images.json, for ${name}`);
  }
  await run("incus-simplestreams", ["verify"], { directory: root });
  const listed = await run("incus-simplestreams", ["list", "-f", "json"], { directory: root });
  assert.deepEqual(
    listOf(parseJson(listed)).map((image) => textOf(at(image, "fingerprint"))).sort(),
    images.map((image) => image.fingerprints.incus).sort(),
    "incus-simplestreams list",
  );
}

/** Returns the fingerprints that stand on the items of one ftype, in alphabetical order. */
export function fingerprintsIn(document: unknown, ftype: string): readonly string[] {
  const found: string[] = [];
  for (const [, product] of entriesOf(at(document, "products"))) {
    for (const [, version] of entriesOf(at(product, "versions"))) {
      const items = entriesOf(at(version, "items")).map(([, item]) => item);
      for (const item of items.filter((item) => at(item, "ftype") === ftype)) {
        const digests = entriesOf(item).filter(([key]) => /^combined_.+_sha256$/.test(key));
        found.push(...digests.map(([, digest]) => textOf(digest)));
      }
    }
  }
  return found.sort();
}

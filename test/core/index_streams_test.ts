import assert from "node:assert/strict";
import { test } from "node:test";
import { listImages } from "../../core/list_images.ts";
import { showImages } from "../../core/show_images.ts";
import { readPublishedCatalog } from "../../core/published_catalog.ts";
import { parseSelection } from "../../core/selection.ts";
import { verifyTree } from "../../core/verify_tree.ts";
import {
  createMemoryPorts,
  type MemoryPorts,
  publishRoot,
  putImage,
} from "../support/memory_ports.ts";

const DEBIAN = "debian/12/amd64/default";
const UBUNTU = "ubuntu/24.04/amd64/default";

test("indexTree() publishes each stream in a document of its own, named by one index", async () => {
  const ports = tree({ [`images/${DEBIAN}`]: "a", [`daily/${UBUNTU}`]: "b" });
  const { result, document } = await publishRoot(ports, { streams: ["daily"] });
  assert.deepEqual(result.findings, []);
  assert.deepEqual(result.counts.products, 2);
  assert.deepEqual(result.documents.map(({ path }) => path), [
    "streams/v1/images.json",
    "streams/v1/daily.json",
    "streams/v1/index.json",
  ]);
  assert.deepEqual(result.changes.added, [
    "daily/ubuntu:24.04:amd64:default@20240101",
    "debian:12:amd64:default@20240101",
  ]);
  const index = read(ports, "index");
  assert.deepEqual(Object.keys(index.index), ["daily", "images"]);
  assert.deepEqual(index.index.daily, {
    datatype: "image-downloads",
    format: "products:1.0",
    path: "streams/v1/daily.json",
    products: ["ubuntu:24.04:amd64:default"],
  });
  const daily = read(ports, "daily");
  assert.equal(daily.content_id, "daily");
  const { items } = daily.products["ubuntu:24.04:amd64:default"].versions["20240101"];
  assert.equal(items["root.squashfs"].path, `daily/${UBUNTU}/20240101/root.squashfs`);
  assert.equal(
    [...document()].join(""),
    ports.tree.readText("/root/streams/v1/images.json") +
      ports.tree.readText("/root/streams/v1/daily.json"),
  );
});

test("listImages() and showImages() keep the streams of one product apart, as clients do", async () => {
  const ports = createMemoryPorts();
  putImage(ports, `images/${DEBIAN}/20240101`, "a");
  putImage(ports, `daily/${DEBIAN}/20240105`, "b");
  ports.tree.put(`/root/images/${DEBIAN}/.requirements`, '{"secureboot": false}');
  ports.tree.put(`/root/daily/${DEBIAN}/.requirements`, '{"nesting": true}');
  await publishRoot(ports, { streams: ["daily"] });
  const catalog = readPublishedCatalog(ports.tree, "/root") ?? assert.fail();
  assert.equal(catalog.counts().products, 1);
  for (const client of ["incus", "lxd"] as const) {
    const told = listImages(catalog, { client }).map(({ version, aliases, requirements }) => [
      ...[version, aliases[0], requirements],
    ]);
    assert.deepEqual(told.sort(), [
      ["20240101", "debian/12/default", { secureboot: "false" }],
      ["20240105", undefined, { nesting: "true" }],
    ]);
  }
  const show = (name: string) =>
    showImages(ports, "/root", { catalog, name, concurrency: 1 }).then(({ products }) =>
      products.map(({ images, requirements }) => [
        images.map(({ version }) => version),
        requirements.map(({ file }) => file),
      ])
    );
  const stable = [["20240101"], [`images/${DEBIAN}/.requirements`]];
  assert.deepEqual(await show("debian/12"), [stable]);
  assert.deepEqual(await show("debian:12:amd64:default"), [
    [["20240105"], [`daily/${DEBIAN}/.requirements`]],
    stable,
  ]);
});

test("indexTree() goes on with a stream that is published, without being told of it", async () => {
  const ports = tree({ [`images/${DEBIAN}`]: "a", [`daily/${UBUNTU}`]: "b" });
  await publishRoot(ports, { streams: ["daily"] });
  const unchanged = await publishRoot(ports);
  assert.ok(unchanged.result.documents.every(({ changed }) => !changed));
  assert.equal(unchanged.result.documents.length, 3);
  putImage(ports, `daily/${UBUNTU}/20240102`, "c");
  const { result } = await publishRoot(ports);
  assert.deepEqual(result.changes.added, ["daily/ubuntu:24.04:amd64:default@20240102"]);
  assert.deepEqual(Object.keys(read(ports, "index").index), ["daily", "images"]);
});

test("indexTree() reads no file again for a stream in which nothing has changed", async () => {
  const ports = tree({ [`images/${DEBIAN}`]: "a", [`daily/${UBUNTU}`]: "b" });
  await publishRoot(ports, { streams: ["daily"] });
  ports.hasher.read.length = 0;
  // A new product: the index is another one then
  putImage(ports, "images/debian/13/amd64/default/20240101", "c");
  await publishRoot(ports);
  assert.deepEqual(ports.hasher.read.length, 2);
  const before = ports.tree.readText("/root/.simplestreams/snapshot-daily");
  const again = await publishRoot(ports);
  assert.ok(again.result.documents.every(({ changed }) => !changed));
  assert.equal(ports.tree.readText("/root/.simplestreams/snapshot-daily"), before);
});

test("indexTree() publishes streams alone, in a root without images/", async () => {
  const ports = tree({ [`daily/${UBUNTU}`]: "b", [`weekly/${DEBIAN}`]: "a" });
  const { result } = await publishRoot(ports, { streams: ["weekly", "daily"] });
  assert.deepEqual(result.findings, []);
  assert.deepEqual(result.documents.map(({ path }) => path), [
    "streams/v1/daily.json",
    "streams/v1/weekly.json",
    "streams/v1/index.json",
  ]);
});

test("indexTree() gives an alias or fingerprint that two streams want to the earlier, whatever is newer", async () => {
  const ports = tree({ [`images/${DEBIAN}`]: "a", [`daily/${DEBIAN}`]: "other" });
  ports.tree.put(`/root/daily/${UBUNTU}/20240909/incus.tar.xz`, "metadata a", { mtimeMs: 0 });
  ports.tree.put(`/root/daily/${UBUNTU}/20240909/root.squashfs`, "root a", { mtimeMs: 0 });
  for (let run = 0; run < 2; run++) {
    const { result } = await publishRoot(ports, { streams: ["daily"] });
    assert.deepEqual(result.findings.map(({ code, path }) => [code, path]), [
      ["ALIAS_TAKEN", `daily/${DEBIAN}`],
      ["ALIAS_TAKEN", `daily/${DEBIAN}`],
      ["PRODUCT_EMPTY", `daily/${UBUNTU}`],
      ["FINGERPRINT_TAKEN", `daily/${UBUNTU}/20240909`],
    ]);
    assert.equal(read(ports, "daily").products["debian:12:amd64:default"].aliases, "");
  }
  // What the earlier stream gives back is had at once, though nothing in the later one has changed
  for (const name of ["incus.tar.xz", "root.squashfs", ".items.json"]) {
    ports.tree.removeFile(`/root/images/${DEBIAN}/20240101/${name}`);
  }
  putImage(ports, "images/alpine/3/amd64/default/20240101", "c");
  const { result } = await publishRoot(ports);
  assert.deepEqual(result.findings.map(({ code }) => code), [
    "PRODUCT_EMPTY",
    "VERSION_WITHOUT_METADATA",
    "VERSION_WITHOUT_ROOT",
  ]);
  const { products } = read(ports, "daily");
  assert.equal(products["debian:12:amd64:default"].aliases, "debian/12/default,debian/12");
  assert.ok(products["ubuntu:24.04:amd64:default"]);
});

test("indexTree() with products looks for them in every stream", async () => {
  const ports = tree({ [`images/${DEBIAN}`]: "a", [`daily/${UBUNTU}`]: "b" });
  await publishRoot(ports, { streams: ["daily"] });
  putImage(ports, `daily/${UBUNTU}/20240102`, "c");
  putImage(ports, `images/${DEBIAN}/20240102`, "d");
  const { result } = await publishRoot(ports, { products: parseSelection(["ubuntu"]) });
  assert.deepEqual(result.scope, ["ubuntu"]);
  assert.deepEqual(result.findings, []);
  assert.deepEqual(result.changes.added, ["daily/ubuntu:24.04:amd64:default@20240102"]);
});

test("indexTree() refuses to empty a stream whose folder is gone", async () => {
  const ports = tree({ [`images/${DEBIAN}`]: "a", [`daily/${UBUNTU}`]: "b" });
  await publishRoot(ports, { streams: ["daily"] });
  for (const name of ["incus.tar.xz", "root.squashfs", ".items.json"]) {
    ports.tree.removeFile(`/root/daily/${UBUNTU}/20240101/${name}`);
  }
  await assert.rejects(() => publishRoot(ports), { code: "REFUSED", message: /daily\.json/ });
  assert.equal(Object.keys(read(ports, "daily").products).length, 1);
  await publishRoot(ports, { allowEmpty: true });
  assert.deepEqual(read(ports, "index").index.daily.products, []);
});

for (const name of ["", "a/b", ".hidden", "streams", "index", "a%b"]) {
  test(`indexTree() takes ${JSON.stringify(name)} for no stream`, async () => {
    const ports = tree({ [`images/${DEBIAN}`]: "a" });
    await assert.rejects(() => publishRoot(ports, { streams: [name] }), { code: "USAGE" });
  });
}

test("indexTree() throws when a stream that is asked for has no folder", async () => {
  const ports = tree({ [`images/${DEBIAN}`]: "a" });
  await assert.rejects(() => publishRoot(ports, { streams: ["dialy"] }), {
    code: "NOT_FOUND",
    message: /no folder "\/root\/dialy"/,
  });
});

test("indexTree() takes a document that the index does not name for no stream", async () => {
  const ports = tree({ [`images/${DEBIAN}`]: "a", [`daily/${UBUNTU}`]: "b" });
  ports.tree.put("/root/streams/v1/daily.json", "{}");
  const { result } = await publishRoot(ports);
  assert.deepEqual(result.documents.map(({ path }) => path), [
    "streams/v1/images.json",
    "streams/v1/index.json",
  ]);
});

test("readPublishedCatalog() has the products of every stream, one that two have with the versions of both", async () => {
  const ports = tree({ [`images/${DEBIAN}`]: "a", [`daily/${UBUNTU}`]: "b" });
  putImage(ports, `daily/${DEBIAN}/20240102`, "c");
  await publishRoot(ports, { streams: ["daily"] });
  const catalog = readPublishedCatalog(ports.reader, "/root") ?? assert.fail();
  assert.deepEqual(catalog.ids, ["debian:12:amd64:default", "ubuntu:24.04:amd64:default"]);
  const debian = catalog.product("debian:12:amd64:default");
  assert.deepEqual(debian?.versions.map(({ name }) => name), ["20240101", "20240102"]);
  assert.equal(listImages(catalog).length, 3);
  const path = `daily/${UBUNTU}/20240101/root.squashfs`;
  assert.equal(catalog.item(path)?.path, path);
  assert.deepEqual(catalog.counts(), { products: 2, versions: 3, images: 3 });
});

test("verifyTree() finds nothing wrong with several streams", async () => {
  const ports = tree({ [`images/${DEBIAN}`]: "a", [`daily/${UBUNTU}`]: "b" });
  await publishRoot(ports, { streams: ["daily"] });
  const { findings, counts } = await verifyTree(ports, "/root", { concurrency: 1 });
  assert.deepEqual([findings, counts.products], [[], 2]);
});

/** A root with a version in each of these folders. */
function tree(products: Readonly<Record<string, string>>): MemoryPorts {
  const ports = createMemoryPorts();
  for (const [folder, seed] of Object.entries(products)) {
    putImage(ports, `${folder}/20240101`, seed);
  }
  return ports;
}

function read(ports: MemoryPorts, name: string) {
  return JSON.parse(ports.tree.readText(`/root/streams/v1/${name}.json`));
}

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createMemoryPorts,
  type MemoryPorts,
  publishedImages,
  publishRoot,
} from "../support/memory_ports.ts";

const FOLDER = "images/debian/12/amd64/default/20240101";
const ID = "debian:12:amd64:default";
// printf 'rootfs/ of a container' | sha256sum
const CONTAINER = "747eda8762500e67ff03df1908440c60c00026e00db940df4ff5efae3d42d2b8";

test("indexTree() lists a unified image for both families of clients by one path", async () => {
  const ports = rootWith({ "incus_combined.tar.gz": "rootfs/ of a container" });
  const { result } = await publishRoot(ports);
  assert.deepEqual(result.findings, []);
  assert.deepEqual(result.counts.images, 1);
  const items = itemsOf(ports);
  assert.deepEqual(Object.keys(items), ["incus_combined.tar.gz", "lxd_combined.tar.gz"]);
  for (const [key, item] of Object.entries(items)) {
    assert.deepEqual(item, {
      ftype: key,
      path: `${FOLDER}/incus_combined.tar.gz`,
      sha256: CONTAINER,
      size: 22,
    });
  }
});

test("indexTree() says that a unified image with rootfs.img is a VM", async () => {
  const ports = rootWith({ "lxd_combined.tar.gz": "rootfs.img of a VM" });
  await publishRoot(ports);
  for (const item of Object.values(itemsOf(ports))) {
    assert.equal(item.combined_type, "virtual-machine");
  }
});

test("indexTree() gives each family its own unified image when there are two", async () => {
  const ports = rootWith({
    "incus_combined.tar.gz": "rootfs/ for Incus",
    "lxd_combined.tar.gz": "rootfs.img for LXD",
  });
  await publishRoot(ports);
  const items = itemsOf(ports);
  assert.equal(items["incus_combined.tar.gz"]?.path, `${FOLDER}/incus_combined.tar.gz`);
  assert.equal(items["incus_combined.tar.gz"]?.combined_type, undefined);
  assert.equal(items["lxd_combined.tar.gz"]?.path, `${FOLDER}/lxd_combined.tar.gz`);
  assert.equal(items["lxd_combined.tar.gz"]?.combined_type, "virtual-machine");
});

for (const content of ["broken", "something else", "rootfs/ without metadata.yaml"]) {
  test(`indexTree() leaves out a unified image that is none: ${content}`, async () => {
    const ports = rootWith({
      "incus_combined.tar.gz": content,
      "incus.tar.xz": "metadata",
      "root.squashfs": "root",
    });
    const { result } = await publishRoot(ports);
    assert.deepEqual(result.findings.map(({ code, path }) => [code, path]), [
      ["UNIFIED_UNUSABLE", `${FOLDER}/incus_combined.tar.gz`],
    ]);
    assert.deepEqual(Object.keys(itemsOf(ports)), ["incus.tar.xz", "lxd.tar.xz", "root.squashfs"]);
  });
}

test("indexTree() leaves out a version that has nothing but an unusable unified image", async () => {
  const ports = rootWith({ "incus_combined.tar.gz": "broken" });
  const { result } = await publishRoot(ports, { allowEmpty: true });
  assert.deepEqual(result.findings.map(({ code }) => code), ["PRODUCT_EMPTY", "UNIFIED_UNUSABLE"]);
  assert.deepEqual(publishedImages(ports).products, {});
});

test("indexTree() digests a unified image apart from the metadata beside it", async () => {
  const ports = rootWith({
    "incus_combined.tar.gz": "rootfs/ of a container",
    "incus.tar.xz": "metadata",
    "root.squashfs": "root",
  });
  const { result } = await publishRoot(ports);
  assert.equal(result.counts.images, 2);
  assert.equal(itemsOf(ports)["incus_combined.tar.gz"]?.sha256, CONTAINER);
  assert.equal(result.counts.hashedFiles, 3);
});

test("indexTree() believes its cache about a unified image", async () => {
  const ports = rootWith({ "incus_combined.tar.gz": "rootfs.img of a VM" });
  await publishRoot(ports);
  const first = publishedImages(ports);
  // Without the snapshot and the document the version's own cache is all that is known
  ports.tree.removeFile("/root/.simplestreams/snapshot");
  ports.tree.removeFile("/root/streams/v1/images.json");
  ports.hasher.read.length = 0;
  const { result } = await publishRoot(ports);
  assert.equal(result.counts.hashedFiles, 0);
  assert.deepEqual(ports.hasher.read, []);
  assert.deepEqual(publishedImages(ports), first);
});

test("indexTree() publishes one of two unified images with the same bytes, the newer", async () => {
  const ports = rootWith({ "incus_combined.tar.gz": "rootfs/ of a container" });
  const other = "images/debian/13/amd64/default/20240102";
  ports.tree.put(`/root/${other}/incus_combined.tar.gz`, "rootfs/ of a container", { mtimeMs: 0 });
  const { result } = await publishRoot(ports);
  assert.deepEqual(Object.keys(publishedImages(ports).products), ["debian:13:amd64:default"]);
  assert.deepEqual(result.findings.map(({ code }) => code), [
    "PRODUCT_EMPTY",
    "FINGERPRINT_TAKEN",
    "FINGERPRINT_TAKEN",
  ]);
});

function rootWith(files: Readonly<Record<string, string>>): MemoryPorts {
  const ports = createMemoryPorts();
  for (const [name, content] of Object.entries(files)) {
    ports.tree.put(`/root/${FOLDER}/${name}`, content, { mtimeMs: 0 });
  }
  return ports;
}

function itemsOf(ports: MemoryPorts): Record<string, Record<string, unknown>> {
  return publishedImages(ports).products[ID].versions["20240101"].items;
}

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { parseSelection } from "../../core/selection.ts";
import {
  createMemoryPorts,
  type MemoryPorts,
  publishedImages,
  publishRoot,
} from "../support/memory_ports.ts";
import { putDelta } from "../support/put_delta.ts";

const PRODUCT = "images/debian/12/amd64/default";
const ID = "debian:12:amd64:default";
const BASE = "20240101_05:24";
const TARGET = "20240102_05:24";
const COMMON = "the part that both builds have in common";
// printf 'delta 40 ' and then ' and one' xor the base's bytes | sha256sum
const DELTA_SHA256 = "38e32dec3978fd06c6d9bd15b8741843346bf96d41b546e99d234526cb91a223";
const NAMES = ["root", "rootfs"].map((root) => `${root}.${BASE}.vcdiff`);

function rootWithDelta(name = `root.${BASE}.vcdiff`): MemoryPorts {
  const ports = createMemoryPorts();
  putVersion(ports, BASE, COMMON);
  putVersion(ports, TARGET, `${COMMON} and one`);
  putDelta(ports, { product: PRODUCT, base: BASE, target: TARGET, name });
  return ports;
}

function putVersion(ports: MemoryPorts, version: string, root: string, name = "root.squashfs") {
  ports.tree.put(`/root/${PRODUCT}/${version}/incus.tar.xz`, `metadata ${version}`);
  ports.tree.put(`/root/${PRODUCT}/${version}/${name}`, root);
}

function itemsOf(ports: MemoryPorts, version = TARGET): Record<string, Record<string, unknown>> {
  return publishedImages(ports).products[ID].versions[version].items;
}

function deltasOf(ports: MemoryPorts, version = TARGET): readonly unknown[] {
  return Object.entries(itemsOf(ports, version)).flatMap(([key, { ftype, delta_base: base }]) =>
    ftype === "squashfs.vcdiff" ? [`${key} from ${base}`] : []
  );
}

async function findingsOf(ports: MemoryPorts): Promise<readonly string[]> {
  const { result } = await publishRoot(ports);
  return result.findings.map(({ code, path }) => `${code} ${path.slice(PRODUCT.length + 1)}`);
}

for (const name of [...NAMES, `delta-${BASE}.vcdiff`]) {
  test(`indexTree() lists a delta called ${name}`, async () => {
    const ports = rootWithDelta(name);
    assert.deepEqual(await findingsOf(ports), []);
    assert.deepEqual(itemsOf(ports)[`root.${BASE}.vcdiff`], {
      delta_base: BASE,
      ftype: "squashfs.vcdiff",
      path: `${PRODUCT}/${TARGET}/${name}`,
      sha256: DELTA_SHA256,
      size: 17,
    });
  });
}

test("indexTree() decodes a delta once, and believes its cache and document after that", async () => {
  const ports = rootWithDelta();
  await publishRoot(ports);
  assert.equal(ports.coder.calls.length, 1);
  await publishRoot(ports);
  putVersion(ports, "20240103", "another");
  await publishRoot(ports);
  ports.tree.removeFile("/root/.simplestreams/snapshot");
  await publishRoot(ports);
  assert.equal(ports.coder.calls.length, 1);
  assert.deepEqual(deltasOf(ports), [`root.${BASE}.vcdiff from ${BASE}`]);
  await publishRoot(ports, { useCache: false });
  assert.equal(ports.coder.calls.length, 2);
});

test("indexTree() keeps in the cache what a delta was proven with", async () => {
  const ports = rootWithDelta();
  await publishRoot(ports);
  const cache = JSON.parse(ports.tree.readText(`/root/${PRODUCT}/${TARGET}/.items.json`));
  const items = itemsOf(ports);
  const entry = cache[`root.${BASE}.vcdiff`];
  assert.equal(entry.delta_base_sha256, itemsOf(ports, BASE)["root.squashfs"]?.sha256);
  assert.equal(entry.delta_target_sha256, items["root.squashfs"]?.sha256);
  assert.equal(entry.sha256, DELTA_SHA256);
});

for (const changed of [BASE, TARGET]) {
  test(`indexTree() proves a delta again when the root of ${changed} is another`, async () => {
    const ports = rootWithDelta();
    await publishRoot(ports);
    ports.tree.put(`/root/${PRODUCT}/${changed}/root.squashfs`, "all is new", { mtimeMs: 5 });
    assert.deepEqual(await findingsOf(ports), [`DELTA_WRONG ${TARGET}/root.${BASE}.vcdiff`]);
    assert.deepEqual(deltasOf(ports), []);
  });
}

test("indexTree() does not list a delta that makes something else", async () => {
  const ports = rootWithDelta();
  ports.tree.put(`/root/${PRODUCT}/${TARGET}/root.${BASE}.vcdiff`, "delta 40 nonsense");
  assert.deepEqual(await findingsOf(ports), [`DELTA_WRONG ${TARGET}/root.${BASE}.vcdiff`]);
  assert.deepEqual(deltasOf(ports), []);
});

test("indexTree() does not list what it cannot prove, and does so as soon as it can", async () => {
  const ports = rootWithDelta();
  ports.coder.present = false;
  assert.deepEqual(await findingsOf(ports), [`DELTA_UNPROVEN ${TARGET}/root.${BASE}.vcdiff`]);
  assert.deepEqual(deltasOf(ports), []);
  assert.deepEqual(await findingsOf(ports), [`DELTA_UNPROVEN ${TARGET}/root.${BASE}.vcdiff`]);
  ports.coder.present = true;
  assert.deepEqual(await findingsOf(ports), []);
  assert.equal(deltasOf(ports).length, 1);
});

test("indexTree() goes on listing a proven delta where it could not prove it any more", async () => {
  const ports = rootWithDelta();
  await publishRoot(ports);
  ports.coder.present = false;
  putVersion(ports, "20240103", "another");
  assert.deepEqual(await findingsOf(ports), []);
  assert.equal(deltasOf(ports).length, 1);
});

for (const products of [undefined, parseSelection([ID])]) {
  const scope = products === undefined ? "a whole run" : "a run over its product";
  test(`indexTree() takes a delta out with its base, in ${scope}`, async () => {
    const ports = rootWithDelta();
    await publishRoot(ports);
    for (const name of ports.tree.list(`/root/${PRODUCT}/${BASE}`) ?? []) {
      ports.tree.removeFile(`/root/${PRODUCT}/${BASE}/${name}`);
    }
    const { result } = await publishRoot(ports, { products });
    assert.deepEqual(result.changes.changed, [`${ID}@${TARGET}`]);
    assert.deepEqual(deltasOf(ports), []);
    assert.ok(result.findings.some(({ code }) => code === "DELTA_BASE"));
  });
}

test("indexTree() takes a delta out when its base goes without its image for one elsewhere", async () => {
  const ports = rootWithDelta();
  await publishRoot(ports);
  const twin = "/root/images/other/12/amd64/default/20240109";
  ports.tree.put(`${twin}/incus.tar.xz`, `metadata ${BASE}`);
  ports.tree.put(`${twin}/root.squashfs`, COMMON);
  const { result } = await publishRoot(ports);
  assert.deepEqual(deltasOf(ports), []);
  assert.deepEqual(
    result.findings.map(({ code }) => code).sort(),
    ["DELTA_BASE", "FINGERPRINT_TAKEN"],
  );
});

test("indexTree() keeps a delta beside an image that goes without its disk", async () => {
  const ports = rootWithDelta();
  ports.tree.put(`/root/${PRODUCT}/${TARGET}/disk.qcow2`, "disk");
  const twin = "/root/images/other/12/amd64/default/20240109";
  ports.tree.put(`${twin}/incus.tar.xz`, `metadata ${TARGET}`);
  ports.tree.put(`${twin}/disk.qcow2`, "disk");
  await publishRoot(ports);
  assert.equal(itemsOf(ports)["disk.qcow2"], undefined);
  assert.equal(deltasOf(ports).length, 1);
});

test("indexTree() lists of two deltas the one from the newer base", async () => {
  const ports = rootWithDelta();
  putVersion(ports, "20240101_06:00", `${COMMON}!`);
  putDelta(ports, { product: PRODUCT, base: "20240101_06:00", target: TARGET });
  assert.deepEqual(await findingsOf(ports), [`DELTA_TWICE ${TARGET}/root.${BASE}.vcdiff`]);
  assert.deepEqual(deltasOf(ports), ["root.20240101_06:00.vcdiff from 20240101_06:00"]);
});

test("indexTree() lists a delta from an older base while that from the newer one is wrong", async () => {
  const ports = rootWithDelta();
  putVersion(ports, "20240101_06:00", `${COMMON}!`);
  ports.tree.put(`/root/${PRODUCT}/${TARGET}/root.20240101_06:00.vcdiff`, "junk");
  assert.deepEqual(await findingsOf(ports), [`DELTA_WRONG ${TARGET}/root.20240101_06:00.vcdiff`]);
  assert.equal(deltasOf(ports).length, 1);
});

test("indexTree() passes over the second spelling of a delta", async () => {
  const ports = rootWithDelta();
  ports.tree.put(`/root/${PRODUCT}/${TARGET}/delta-${BASE}.vcdiff`, "junk");
  assert.deepEqual(await findingsOf(ports), [`SPELLED_TWICE ${TARGET}/delta-${BASE}.vcdiff`]);
  assert.equal(deltasOf(ports).length, 1);
});

const UNUSABLE: Readonly<Record<string, string>> = {
  "root.20230101.vcdiff": "DELTA_BASE",
  "root.20240102_05:24.vcdiff": "DELTA_BASE",
  "root.20240109.vcdiff": "DELTA_BASE",
  "root..vcdiff": "DELTA_BASE",
  "whatever.vcdiff": "DELTA_BASE",
  "disk.20240101_05:24.qcow2.vcdiff": "DELTA_DISK",
  "disk-kvm.img.vcdiff": "DELTA_DISK",
  ".root.20240101_05:24.vcdiff": "",
  ".root.20240101_05:24.vcdiff.new": "",
  "root.20240101_05:24.vcdiff.new": "",
};
for (const [name, code] of Object.entries(UNUSABLE)) {
  test(`indexTree() does not list ${name}`, async () => {
    const ports = rootWithDelta();
    putVersion(ports, "20240109", "from tomorrow");
    const path = `/root/${PRODUCT}/${TARGET}/${name}`;
    ports.tree.put(path, ports.tree.readText(`/root/${PRODUCT}/${TARGET}/root.${BASE}.vcdiff`));
    assert.deepEqual(await findingsOf(ports), code === "" ? [] : [`${code} ${TARGET}/${name}`]);
    assert.deepEqual(deltasOf(ports), [`root.${BASE}.vcdiff from ${BASE}`]);
  });
}

test("indexTree() lists no delta of a version that has no squashfs root", async () => {
  const ports = createMemoryPorts();
  putVersion(ports, BASE, COMMON);
  putVersion(ports, TARGET, "a tarball", "root.tar.xz");
  ports.tree.put(`/root/${PRODUCT}/${TARGET}/root.${BASE}.vcdiff`, "delta");
  assert.deepEqual(await findingsOf(ports), [`DELTA_BASE ${TARGET}/root.${BASE}.vcdiff`]);
});

test("indexTree() finds the base of a delta by its whole name, dots and all", async () => {
  const ports = createMemoryPorts();
  putVersion(ports, "20240101.2", COMMON);
  putVersion(ports, "20240101.3", `${COMMON} and one`);
  putDelta(ports, { product: PRODUCT, base: "20240101.2", target: "20240101.3" });
  assert.deepEqual(await findingsOf(ports), []);
  assert.deepEqual(deltasOf(ports, "20240101.3"), ["root.20240101.2.vcdiff from 20240101.2"]);
});

test("indexTree() does not ask SHA256SUMS for deltas, which come later", async () => {
  const ports = rootWithDelta();
  const sum = (text: string) => createHash("sha256").update(text).digest("hex");
  const sums = [
    `${sum(`metadata ${TARGET}`)}  incus.tar.xz`,
    `${sum(`${COMMON} and one`)}  root.squashfs`,
  ];
  ports.tree.put(`/root/${PRODUCT}/${TARGET}/SHA256SUMS`, `${sums.join("\n")}\n`);
  assert.deepEqual(await findingsOf(ports), []);
  assert.equal(deltasOf(ports).length, 1);
});

test("indexTree() does not list a delta that changes while it is decoded", async () => {
  const ports = rootWithDelta();
  const { decode } = ports.coder;
  const path = `/root/${PRODUCT}/${TARGET}/root.${BASE}.vcdiff`;
  ports.coder.decode = (...args) => {
    const made = decode(...args);
    ports.tree.put(path, ports.tree.readText(path), { mtimeMs: 7 });
    return made;
  };
  assert.deepEqual(await findingsOf(ports), [`FILE_CHANGING ${TARGET}/root.${BASE}.vcdiff`]);
  ports.coder.decode = decode;
  assert.deepEqual(await findingsOf(ports), []);
  assert.equal(deltasOf(ports).length, 1);
});

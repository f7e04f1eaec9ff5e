import assert from "node:assert/strict";
import { test } from "node:test";
import { BadFilesError, SimplestreamsError } from "../../core/errors.ts";
import {
  createMemoryPorts,
  NOW,
  publishedImages,
  publishRoot,
  putImage,
} from "../support/memory_ports.ts";

const DEFAULT = "images/debian/12/amd64/default";
const ID = "debian:12:amd64:default";
// printf 'metadata a' | sha256sum; printf 'root a' | sha256sum; printf 'metadata aroot a' | sha256sum
const METADATA_A = "020c6dca101cd4a96df04ded9b79ab71e047c77c310a1f8a7d9df220c61cbee4";
const ROOT_A = "9b0fbf23a3dee125fb975a8bc4f93c3e9b09dc3e336ac7c36df25f4eb4620593";
const COMBINED_A = "2abc7887b51a66b9da29b7f92e6881076423eb928693071e2d7544396445bfbd";

test("indexTree() publishes digests that sha256sum computes, and the other client's metadata", async () => {
  const ports = createMemoryPorts();
  putImage(ports, `${DEFAULT}/20240101`, "a");
  await publishRoot(ports);
  const path = `${DEFAULT}/20240101`;
  const metadata = {
    combined_squashfs_sha256: COMBINED_A,
    path: `${path}/incus.tar.xz`,
    sha256: METADATA_A,
    size: 10,
  };
  assert.deepEqual(publishedImages(ports).products[ID], {
    aliases: "debian/12/default,debian/12",
    arch: "amd64",
    lxd_requirements: {},
    os: "debian",
    release: "12",
    release_title: "12",
    requirements: {},
    variant: "default",
    versions: {
      "20240101": {
        items: {
          "incus.tar.xz": { ...metadata, ftype: "incus.tar.xz" },
          "lxd.tar.xz": { ...metadata, ftype: "lxd.tar.xz" },
          "root.squashfs": {
            ftype: "squashfs",
            path: `${path}/root.squashfs`,
            sha256: ROOT_A,
            size: 6,
          },
        },
      },
    },
  });
});

test("indexTree() changes nothing without write, and shows the bytes that it would write", async () => {
  const ports = createMemoryPorts();
  putImage(ports, `${DEFAULT}/20240101`, "a");
  const before = ports.tree.files();
  ports.tree.onChange = (change) => assert.fail(change);
  const { document } = await publishRoot(ports, { write: false });
  assert.deepEqual(ports.tree.files(), before);
  ports.tree.onChange = () => {};
  await publishRoot(ports);
  assert.equal([...document()].join(""), ports.tree.readText("/root/streams/v1/images.json"));
});

test("indexTree() writes and reads nothing again while nothing has changed", async () => {
  const ports = createMemoryPorts();
  putImage(ports, `${DEFAULT}/20240101`, "a");
  await publishRoot(ports);
  const read = ports.hasher.read.length;
  ports.tree.onChange = (change) => assert.fail(change);
  const { result } = await publishRoot(ports);
  assert.equal(ports.hasher.read.length, read);
  assert.deepEqual(result.documents.map(({ changed }) => changed), [false, false]);
  assert.equal(result.counts.versions, 1);
});

test("indexTree() reads only the new version's files when one is added", async () => {
  const ports = createMemoryPorts();
  putImage(ports, `${DEFAULT}/20240101`, "a");
  await publishRoot(ports);
  ports.hasher.read.length = 0;
  putImage(ports, `${DEFAULT}/20240102`, "b");
  const { result } = await publishRoot(ports);
  assert.deepEqual(ports.hasher.read, [
    `/root/${DEFAULT}/20240102/incus.tar.xz`,
    `/root/${DEFAULT}/20240102/root.squashfs`,
  ]);
  assert.deepEqual(result.changes, { added: [`${ID}@20240102`], removed: [], changed: [] });
});

for (const [what, mtimeMs] of [["a younger", NOW.getTime() - 5000], ["an older", -5000]] as const) {
  test(`indexTree() reads a file again that has the same size and ${what} time stamp`, async () => {
    const ports = createMemoryPorts();
    putImage(ports, `${DEFAULT}/20240101`, "a");
    await publishRoot(ports);
    ports.hasher.read.length = 0;
    ports.tree.put(`/root/${DEFAULT}/20240101/root.squashfs`, "root b", { mtimeMs });
    const { result } = await publishRoot(ports);
    assert.equal(ports.hasher.read.length, 2);
    assert.deepEqual(result.changes.changed, [`${ID}@20240101`]);
  });
}

test("indexTree() takes a deleted .items.json as the wish to read the version again", async () => {
  const ports = createMemoryPorts();
  putImage(ports, `${DEFAULT}/20240101`, "a");
  await publishRoot(ports);
  ports.hasher.read.length = 0;
  ports.tree.removeFile(`/root/${DEFAULT}/20240101/.items.json`);
  await publishRoot(ports);
  assert.equal(ports.hasher.read.length, 2);
});

test("indexTree() never believes what it knows of a file that was touched two seconds ago", async () => {
  const ports = createMemoryPorts();
  putImage(ports, `${DEFAULT}/20240101`, "a");
  const mtimeMs = NOW.getTime() - 1999;
  ports.tree.put(`/root/${DEFAULT}/20240101/root.squashfs`, "root a", { mtimeMs });
  for (const content of ["root b", "root c"]) {
    const read = ports.hasher.read.length;
    await publishRoot(ports);
    assert.equal(ports.hasher.read.length, read + 2);
    ports.tree.put(`/root/${DEFAULT}/20240101/root.squashfs`, content, { mtimeMs });
  }
  ports.clock.time = new Date(NOW.getTime() + 60_000);
  const read = ports.hasher.read.length;
  await publishRoot(ports);
  assert.equal(ports.hasher.read.length, read + 2);
});

test("indexTree() makes the same bytes from caches, from the snapshot and from the files", async () => {
  const ports = createMemoryPorts();
  for (const day of ["20240101", "20240102", "20240103"]) {
    putImage(ports, `${DEFAULT}/${day}`, day);
    putImage(ports, `images/alpine/edge/arm64/cloud/${day}`, `alpine ${day}`);
  }
  await publishRoot(ports);
  putImage(ports, `${DEFAULT}/20240104`, "d");
  await publishRoot(ports);
  const text = ports.tree.readText("/root/streams/v1/images.json");
  ports.tree.removeFile("/root/.simplestreams/snapshot");
  const fromCaches = await publishRoot(ports, { write: false });
  const fromFiles = await publishRoot(ports, { write: false, useCache: false });
  assert.equal([...fromCaches.document()].join(""), text);
  assert.equal([...fromFiles.document()].join(""), text);
});

test("indexTree() tells the same findings when nothing has changed", async () => {
  const ports = createMemoryPorts();
  putImage(ports, `${DEFAULT}/20240101`, "a");
  ports.tree.put(`/root/${DEFAULT}/20240102/incus.tar.xz`, "alone");
  ports.tree.put(`/root/images/debian/.requirements`, '{"secure_boot": true}');
  const first = await publishRoot(ports);
  const second = await publishRoot(ports);
  assert.deepEqual(first.result.findings.map(({ code }) => code), [
    "REQUIREMENT_UNKNOWN",
    "VERSION_WITHOUT_ROOT",
  ]);
  assert.deepEqual(second.result.findings, first.result.findings);
});

test("indexTree() names every bad requirements file and writes nothing", async () => {
  const ports = createMemoryPorts();
  putImage(ports, `${DEFAULT}/20240101`, "a");
  ports.tree.put("/root/images/debian/.requirements", '{"secureboot": null}');
  ports.tree.put(`/root/${DEFAULT}/.lxd_requirements`, '{\n  "nesting": [\n]}');
  ports.tree.onChange = (change) => assert.fail(change);
  await assert.rejects(publishRoot(ports), (error) => {
    assert.ok(error instanceof BadFilesError);
    assert.deepEqual(error.errors.map(({ where }) => where), [
      { path: "images/debian/.requirements", line: 1, column: 16 },
      { path: `${DEFAULT}/.lxd_requirements`, line: 2, column: 14 },
    ]);
    return true;
  });
});

test("indexTree() gives each client its own requirements only when both kinds are there", async () => {
  const ports = createMemoryPorts();
  putImage(ports, `${DEFAULT}/20240101`, "a");
  putImage(ports, "images/alpine/edge/amd64/default/20240101", "b");
  ports.tree.put("/root/images/debian/.requirements", '{"secureboot": false}');
  ports.tree.put("/root/images/alpine/.requirements", '{"secureboot": false}');
  ports.tree.put("/root/images/alpine/edge/.lxd_requirements", '{"nesting": true}');
  await publishRoot(ports);
  const { products } = publishedImages(ports);
  assert.deepEqual(products[ID].lxd_requirements, { secureboot: "false" });
  assert.deepEqual(products["alpine:edge:amd64:default"].requirements, { secureboot: "false" });
  assert.deepEqual(products["alpine:edge:amd64:default"].lxd_requirements, { nesting: "true" });
});

test("indexTree() will not replace a document with products by an empty one", async () => {
  const ports = createMemoryPorts();
  putImage(ports, `${DEFAULT}/20240101`, "a");
  await publishRoot(ports);
  const text = ports.tree.readText("/root/streams/v1/images.json");
  ports.tree.removeFile(`/root/${DEFAULT}/20240101/incus.tar.xz`);
  await assert.rejects(
    publishRoot(ports),
    (error) => error instanceof SimplestreamsError && error.code === "REFUSED",
  );
  assert.equal(ports.tree.readText("/root/streams/v1/images.json"), text);
  await publishRoot(ports, { allowEmpty: true });
  assert.deepEqual(publishedImages(ports).products, {});
});

test("indexTree() refuses to replace what is no products document by an empty one", async () => {
  const ports = createMemoryPorts();
  ports.tree.put("/root/streams/v1/images.json", "{");
  await assert.rejects(publishRoot(ports), { code: "REFUSED" });
});

test("indexTree() makes an empty document and a finding of a root without images", async () => {
  const ports = createMemoryPorts();
  ports.tree.put("/root/readme", "");
  const { result } = await publishRoot(ports);
  assert.deepEqual(result.findings.map(({ code }) => code), ["IMAGES_MISSING"]);
  assert.deepEqual(publishedImages(ports).products, {});
});

test("indexTree() wants a root that is there", async () => {
  await assert.rejects(publishRoot(createMemoryPorts()), {
    code: "NOT_FOUND",
    message:
      'Cannot use "/root": there is no such directory, expected the directory that is served, with images/ in it',
  });
});

test("indexTree() leaves the older of two versions with the same bytes out, and takes it back", async () => {
  const ports = createMemoryPorts();
  putImage(ports, `${DEFAULT}/20240101`, "a");
  putImage(ports, `${DEFAULT}/20240102`, "a");
  const { result } = await publishRoot(ports);
  assert.deepEqual(Object.keys(publishedImages(ports).products[ID].versions), ["20240102"]);
  assert.deepEqual(result.findings.map(({ code }) => code), ["FINGERPRINT_TAKEN"]);
  for (const name of ["incus.tar.xz", "root.squashfs", ".items.json"]) {
    ports.tree.removeFile(`/root/${DEFAULT}/20240102/${name}`);
  }
  ports.tree.removeDirectory(`/root/${DEFAULT}/20240102`);
  ports.hasher.read.length = 0;
  await publishRoot(ports);
  assert.deepEqual(Object.keys(publishedImages(ports).products[ID].versions), ["20240101"]);
  assert.deepEqual(ports.hasher.read, []);
});

test("indexTree() lists a version's folder again when a name came to it or went", async () => {
  const ports = createMemoryPorts();
  putImage(ports, `${DEFAULT}/20240101`, "a");
  await publishRoot(ports);
  const settle = () => ports.clock.time = new Date(ports.clock.time.getTime() + 60_000);
  settle();
  await publishRoot(ports);
  const lists: string[] = [];
  const list = ports.tree.list.bind(ports.tree);
  ports.tree.list = (path) => {
    lists.push(path);
    return list(path);
  };
  await publishRoot(ports);
  assert.ok(!lists.includes(`/root/${DEFAULT}/20240101`), "known, and not listed");

  settle();
  ports.tree.createFile(`/root/${DEFAULT}/20240101/disk.qcow2`, ["disk"]);
  settle();
  const { result } = await publishRoot(ports);
  assert.deepEqual(result.changes.changed, [`${ID}@20240101`]);
  settle();
  await publishRoot(ports);
  settle();
  ports.tree.removeFile(`/root/${DEFAULT}/20240101/disk.qcow2`);
  assert.deepEqual((await publishRoot(ports)).result.changes.changed, [`${ID}@20240101`]);
});

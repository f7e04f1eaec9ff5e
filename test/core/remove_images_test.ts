import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  createMemoryPorts,
  type MemoryPorts,
  publishedImages,
  publishRoot,
  putImage,
} from "../support/memory_ports.ts";
import {
  documentsOf,
  FOLDER,
  listedPaths,
  namesIn,
  PRODUCT,
  prune,
  remove,
  versionedRoot,
  wait,
} from "../support/pruned_root.ts";
import { codesOf, verify } from "../support/verified_root.ts";

const OTHER = "images/alpine/edge/amd64/default/20240101";

/** A root with a product of two versions, the newer with a container in two forms and a VM. */
async function imagesRoot(): Promise<MemoryPorts> {
  const ports = createMemoryPorts();
  putImage(ports, OTHER, "other");
  putImage(ports, `${FOLDER}/20240101`, "old");
  for (const name of ["incus.tar.xz", "lxd.tar.xz", "root.squashfs", "root.tar.xz", "disk.qcow2"]) {
    ports.tree.put(`/root/${FOLDER}/20240102/${name}`, name);
  }
  await publishRoot(ports);
  return ports;
}

function fingerprintOf(ports: MemoryPorts, field: string, client = "incus"): string {
  const { items } = publishedImages(ports).products[PRODUCT].versions["20240102"];
  return items[`${client}.tar.xz`][field];
}

describe("removeImages()", () => {
  test("takes an image out with the fingerprints of both clients, and its version stays", async () => {
    const ports = await imagesRoot();
    const fingerprints = ["incus", "lxd"].map((client) =>
      fingerprintOf(ports, "combined_squashfs_sha256", client)
    );
    const { withdraw } = await remove(ports, fingerprints[1]?.slice(0, 12) ?? "");
    assert.deepEqual(withdraw, [{
      product: PRODUCT,
      version: "20240102",
      items: ["root.squashfs"],
      why: "asked for",
      fingerprints: fingerprints.sort(),
      sizeBytes: 13,
    }]);
    const { items } = publishedImages(ports).products[PRODUCT].versions["20240102"];
    assert.deepEqual(Object.keys(items), [
      "disk.qcow2",
      "incus.tar.xz",
      "lxd.tar.xz",
      "root.tar.xz",
    ]);
    assert.ok(!documentsOf(ports)[0]?.includes('combined_squashfs_sha256":"' + fingerprints[0]));

    const documents = documentsOf(ports);
    const { result } = await publishRoot(ports);
    assert.deepEqual(documentsOf(ports), documents, "an index run says the same");
    assert.deepEqual(result.findings, []);
    assert.deepEqual(codesOf((await verify(ports)).findings), []);
    wait(ports, 90);
    await prune(ports);
    const left = [".items.json", "disk.qcow2", "incus.tar.xz", "lxd.tar.xz", "root.tar.xz"];
    assert.deepEqual(namesIn(ports, `${FOLDER}/20240102`), left);
  });

  test("takes a second spelling of the file out with it, which an index run would publish", async () => {
    const ports = await imagesRoot();
    ports.tree.put(`/root/${FOLDER}/20240102/rootfs.squashfs`, "another");
    await remove(ports, fingerprintOf(ports, "combined_squashfs_sha256"));
    const documents = documentsOf(ports);
    await publishRoot(ports);
    assert.deepEqual(documentsOf(ports), documents);
  });

  test("takes the version out with its last image", async () => {
    const ports = await imagesRoot();
    for (
      const field of [
        "combined_squashfs_sha256",
        "combined_rootxz_sha256",
        "combined_disk-kvm-img_sha256",
      ]
    ) await remove(ports, fingerprintOf(ports, field));
    assert.deepEqual(Object.keys(publishedImages(ports).products[PRODUCT].versions), ["20240101"]);
    wait(ports, 90);
    await prune(ports);
    assert.deepEqual(namesIn(ports), ["20240101"]);
  });

  test("takes a version or a whole product out by its id", async () => {
    const ports = await imagesRoot();
    await remove(ports, `${PRODUCT}@20240101`);
    assert.deepEqual(Object.keys(publishedImages(ports).products[PRODUCT].versions), ["20240102"]);
    await remove(ports, PRODUCT);
    assert.ok(listedPaths(ports).every((path) => path.startsWith(OTHER)));
    const documents = documentsOf(ports);
    assert.ok(!documents[1]?.includes(PRODUCT));
    await publishRoot(ports);
    assert.deepEqual(documentsOf(ports), documents, "an index run says the same");
  });

  test("refuses an alias and says what it leads to", async () => {
    const ports = await imagesRoot();
    await assert.rejects(remove(ports, "debian/12"), {
      code: "USAGE",
      message: /it is an alias, expected a fingerprint.*\n {2}[0-9a-f]{12} .*@20240102/,
    });
  });

  test("refuses what nothing is called, and too little of a fingerprint", async () => {
    const ports = await imagesRoot();
    await assert.rejects(remove(ports, `${PRODUCT}@20990101`), { code: "NOT_FOUND" });
    const fingerprint = fingerprintOf(ports, "combined_squashfs_sha256");
    await assert.rejects(remove(ports, fingerprint.slice(0, 2)), { code: "USAGE" });
  });

  test("refuses the last product, unless documents may be empty", async () => {
    const ports = await versionedRoot(["20240101"]);
    const before = ports.tree.files();
    await assert.rejects(remove(ports, PRODUCT), { code: "REFUSED" });
    assert.deepEqual(ports.tree.files(), before);
    await remove(ports, PRODUCT, { allowEmpty: true });
    const documents = documentsOf(ports);
    await publishRoot(ports, { allowEmpty: true });
    assert.deepEqual(documentsOf(ports), documents, "an index run says the same");
    wait(ports, 90);
    await assert.rejects(prune(ports), { code: "REFUSED" });
    await prune(ports, { allowEmpty: true });
    assert.deepEqual(namesIn(ports), []);
  });

  test("publishes a file again that is put in place of a removed one", async () => {
    const ports = await imagesRoot();
    await remove(ports, fingerprintOf(ports, "combined_squashfs_sha256"));
    const path = `${FOLDER}/20240102/root.squashfs`;
    await publishRoot(ports);
    wait(ports, 1);
    ports.tree.removeFile(`/root/${path}`);
    ports.tree.put(`/root/${path}`, "a new one");
    await publishRoot(ports);
    assert.ok(listedPaths(ports).includes(path));
    wait(ports, 90);
    await prune(ports);
    assert.ok(ports.tree.stat(`/root/${path}`));
  });

  test("publishes a withdrawn file again when nothing is remembered of it", async () => {
    const ports = await imagesRoot();
    const documents = documentsOf(ports);
    await remove(ports, fingerprintOf(ports, "combined_squashfs_sha256"));
    wait(ports, 60);
    await publishRoot(ports);
    await publishRoot(ports);
    ports.tree.removeFile("/root/.simplestreams/withdrawn.json");
    await publishRoot(ports);
    assert.deepEqual(documentsOf(ports), documents);
  });
});

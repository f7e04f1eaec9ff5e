import assert from "node:assert/strict";
import { test } from "node:test";
import {
  IMAGE_FILES,
  imageFileNamed,
  otherMetadataFile,
  PUBLISHED_METADATA,
  PUBLISHED_ROOTS,
  PUBLISHED_UNIFIED,
  selectFiles,
} from "../../../core/format/image_files.ts";
import type { ImageFile, MetadataFile } from "../../../core/format/image_files.ts";

test("IMAGE_FILES has the ftype and the item key of each file of the tree", () => {
  assert.deepEqual(IMAGE_FILES.map(({ name, ftype, key }) => [name, ftype, key]), [
    ["incus.tar.xz", "incus.tar.xz", "incus.tar.xz"],
    ["lxd.tar.xz", "lxd.tar.xz", "lxd.tar.xz"],
    ["root.tar.xz", "root.tar.xz", "root.tar.xz"],
    ["rootfs.tar.xz", "root.tar.xz", "root.tar.xz"],
    ["root.squashfs", "squashfs", "root.squashfs"],
    ["rootfs.squashfs", "squashfs", "root.squashfs"],
    ["disk.qcow2", "disk-kvm.img", "disk.qcow2"],
    ["incus_combined.tar.gz", "incus_combined.tar.gz", "incus_combined.tar.gz"],
    ["lxd_combined.tar.gz", "lxd_combined.tar.gz", "lxd_combined.tar.gz"],
  ]);
});

test("IMAGE_FILES never has the ftype root.squashfs, which no client sees", () => {
  assert.ok(IMAGE_FILES.every(({ ftype }) => ftype !== "root.squashfs"));
});

test("IMAGE_FILES names the fields in which clients look fingerprints up", () => {
  const fields = IMAGE_FILES.flatMap((file): [string, readonly string[]][] =>
    file.role === "root" ? [[file.ftype, file.combinedFields]] : []
  );
  assert.deepEqual(
    new Map(fields),
    new Map([
      ["root.tar.xz", ["combined_rootxz_sha256", "combined_sha256"]],
      ["squashfs", ["combined_squashfs_sha256"]],
      ["disk-kvm.img", ["combined_disk-kvm-img_sha256"]],
    ]),
  );
});

test("IMAGE_FILES stores rootfs.* as root.*, and all else under its own name", () => {
  assert.deepEqual(IMAGE_FILES.map(({ storedName }) => storedName), [
    "incus.tar.xz",
    "lxd.tar.xz",
    "root.tar.xz",
    "root.tar.xz",
    "root.squashfs",
    "root.squashfs",
    "disk.qcow2",
    "incus_combined.tar.gz",
    "lxd_combined.tar.gz",
  ]);
});

test("imageFileNamed() finds a file's row", () => {
  assert.equal(imageFileNamed("rootfs.squashfs")?.ftype, "squashfs");
});

test("imageFileNamed() returns undefined for other files", () => {
  const names = [
    "SHA256SUMS",
    "",
    "Root.squashfs",
    "root.squashfs.asc",
    "__proto__",
    "constructor",
  ];
  assert.deepEqual(names.map(imageFileNamed), names.map(() => undefined));
});

test("otherMetadataFile() returns lxd.tar.xz for incus.tar.xz, and the other way round", () => {
  assert.deepEqual(
    [metadataNamed("incus.tar.xz"), metadataNamed("lxd.tar.xz")].map(otherMetadataFile),
    [metadataNamed("lxd.tar.xz"), metadataNamed("incus.tar.xz")],
  );
});

test("selectFiles() passes over files that are no part of an image", () => {
  const selected = selectFiles([{ name: "SHA256SUMS" }, { name: ".items.json" }]);
  const nothing = {
    metadata: [],
    roots: [],
    unified: [],
    passedOver: [],
    ambiguous: [],
    deltas: [],
    otherDeltas: [],
  };
  assert.deepEqual(selected, nothing);
});

test("selectFiles() takes the only file with a root's ending for that root", () => {
  const selected = selectFiles([{ name: "noble.squashfs" }, { name: "noble.qcow2" }]);
  assert.deepEqual(selected.roots.map(([row, { name }]) => [row.key, name]), [
    ["root.squashfs", "noble.squashfs"],
    ["disk.qcow2", "noble.qcow2"],
  ]);
});

test("selectFiles() takes none of two files with a root's ending", () => {
  const selected = selectFiles([{ name: "a.squashfs" }, { name: "b.squashfs" }]);
  assert.deepEqual(selected.roots, []);
  assert.deepEqual(selected.ambiguous, ["a.squashfs", "b.squashfs"]);
});

test("selectFiles() prefers a root's own name to any other with its ending", () => {
  const names = ["a.squashfs", "rootfs.squashfs", "z.squashfs", ".hidden.squashfs"];
  const selected = selectFiles(names.map((name) => ({ name })));
  assert.deepEqual(selected.roots.map(([, { name }]) => name), ["rootfs.squashfs"]);
  assert.deepEqual(selected.ambiguous, []);
});

test("selectFiles() returns unified images apart from the parts of split ones", () => {
  const selected = selectFiles([{ name: "lxd_combined.tar.gz" }, { name: "incus.tar.xz" }]);
  assert.deepEqual(selected.unified.map(([row]) => row.client), ["lxd"]);
  assert.deepEqual(selected.metadata.map(([row]) => row.client), ["incus"]);
});

test("selectFiles() returns files with their rows in the table's order", () => {
  const names = ["disk.qcow2", "root.squashfs", "lxd.tar.xz", "root.tar.xz", "incus.tar.xz"];
  const selected = selectFiles(names.map((name) => ({ name })));
  assert.deepEqual(selected.metadata.map(([row, file]) => [row.name, file.name]), [
    ["incus.tar.xz", "incus.tar.xz"],
    ["lxd.tar.xz", "lxd.tar.xz"],
  ]);
  assert.deepEqual(selected.roots.map(([row, file]) => [row.ftype, file.name]), [
    ["root.tar.xz", "root.tar.xz"],
    ["squashfs", "root.squashfs"],
    ["disk-kvm.img", "disk.qcow2"],
  ]);
});

test("selectFiles() takes the second spelling of a role when it is alone", () => {
  const selected = selectFiles([{ name: "rootfs.tar.xz" }]);
  assert.deepEqual(selected.roots.map(([, { name }]) => name), ["rootfs.tar.xz"]);
  assert.deepEqual(selected.passedOver, []);
});

test("selectFiles() prefers root.* to rootfs.*, whatever their order", () => {
  const names = ["rootfs.tar.xz", "root.tar.xz", "rootfs.squashfs", "root.squashfs"];
  for (const order of [names, [...names].reverse()]) {
    const selected = selectFiles(order.map((name) => ({ name })));
    assert.deepEqual(selected.roots.map(([, { name }]) => name), ["root.tar.xz", "root.squashfs"]);
    assert.deepEqual(selected.passedOver, [
      ["rootfs.tar.xz", "root.tar.xz"],
      ["rootfs.squashfs", "root.squashfs"],
    ]);
  }
});

function metadataNamed(name: string): MetadataFile {
  const file: ImageFile | undefined = imageFileNamed(name);
  if (file?.role !== "metadata") return assert.fail(`${name} is no metadata file`);
  return file;
}

test("PUBLISHED_ROOTS has the ftypes of all roots that clients know, each once", () => {
  // client-contract, "Items"
  assert.deepEqual(PUBLISHED_ROOTS.map(({ ftype, type }) => [ftype, type]), [
    ["root.tar.xz", "container"],
    ["squashfs", "container"],
    ["disk-kvm.img", "virtual-machine"],
    ["disk1.img", "virtual-machine"],
    ["uefi1.img", "virtual-machine"],
  ]);
});

test("PUBLISHED_METADATA and PUBLISHED_UNIFIED have the ftypes that each client looks for", () => {
  const rows = [...PUBLISHED_METADATA, ...PUBLISHED_UNIFIED];
  assert.deepEqual(rows.map(({ ftype, client }) => [ftype, client]), [
    ["incus.tar.xz", "incus"],
    ["lxd.tar.xz", "lxd"],
    ["incus_combined.tar.gz", "incus"],
    ["lxd_combined.tar.gz", "lxd"],
  ]);
});

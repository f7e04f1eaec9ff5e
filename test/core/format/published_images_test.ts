import assert from "node:assert/strict";
import { test } from "node:test";
import { imagesOf, parsePublishedItems, readItems } from "../../../core/format/published_images.ts";
import { container, digest, disk, item } from "../../support/published.ts";

const FOLDER = "images/debian/12/amd64/default/20240101";
const [A, B, C] = ["a", "b", "c"].map(digest);

/** Images by their fingerprint's first digit. */
function images(items: Readonly<Record<string, unknown>>) {
  return imagesOf(readItems(new Map(Object.entries(items))));
}

test("imagesOf() joins metadata and root when the metadata has the fingerprint", () => {
  assert.deepEqual(images(container(FOLDER, digest("a"))), [{
    fingerprint: A,
    type: "container",
    clients: ["incus", "lxd"],
    size: 3,
    files: [
      { ftype: "incus.tar.xz", path: `${FOLDER}/incus.tar.xz`, size: 1, sha256: digest("0") },
      { ftype: "squashfs", path: `${FOLDER}/root.squashfs`, size: 2, sha256: digest("0") },
    ],
  }]);
});

test("imagesOf() gives each client its own image when their metadata differs", () => {
  const found = images({
    one: item(FOLDER, "incus.tar.xz", { combined_squashfs_sha256: A }),
    two: item(FOLDER, "lxd.tar.xz", { combined_squashfs_sha256: B }),
    root: item(FOLDER, "squashfs"),
  });
  assert.deepEqual(found.map(({ fingerprint, clients }) => [fingerprint, clients]), [
    [A, ["incus"]],
    [B, ["lxd"]],
  ]);
});

test("imagesOf() looks a fingerprint up in the field that belongs to the root's ftype", () => {
  // client-contract, "Items"
  const fields = {
    "root.tar.xz": ["combined_rootxz_sha256", "container"],
    squashfs: ["combined_squashfs_sha256", "container"],
    "disk-kvm.img": ["combined_disk-kvm-img_sha256", "virtual-machine"],
    "disk1.img": ["combined_disk1-img_sha256", "virtual-machine"],
    "uefi1.img": ["combined_uefi1-img_sha256", "virtual-machine"],
  } as const;
  const all = Object.fromEntries(
    Object.values(fields).map(([name], at) => [name, digest(`${at}`)]),
  );
  Object.entries(fields).forEach(([ftype, [, type]], at) => {
    const found = images({ meta: item(FOLDER, "incus.tar.xz", all), root: item(FOLDER, ftype) });
    assert.deepEqual(found.map((image) => [image.fingerprint, image.type]), [
      [digest(`${at}`), type],
    ]);
  });
});

test("imagesOf() takes combined_sha256 for root.tar.xz when there is no combined_rootxz_sha256", () => {
  const root = item(FOLDER, "root.tar.xz");
  const both = { combined_rootxz_sha256: A, combined_sha256: B };
  assert.equal(images({ m: item(FOLDER, "lxd.tar.xz", both), root })[0]?.fingerprint, A);
  const old = { combined_rootxz_sha256: "", combined_sha256: B };
  assert.equal(images({ m: item(FOLDER, "lxd.tar.xz", old), root })[0]?.fingerprint, B);
});

test("imagesOf() takes a unified item for an image of its own, a VM when it says so", () => {
  const found = images({
    a: item(FOLDER, "incus_combined.tar.gz", { sha256: A, size: 5 }),
    b: item(FOLDER, "lxd_combined.tar.gz", { sha256: B, combined_type: "virtual-machine" }),
  });
  assert.deepEqual(
    found.map(({ fingerprint, type, clients, size }) => [fingerprint, type, clients, size]),
    [[A, "container", ["incus"], 5], [B, "virtual-machine", ["lxd"], 1]],
  );
  assert.deepEqual(found[0]?.files.map(({ path }) => path), [`${FOLDER}/incus_combined.tar.gz`]);
});

test("imagesOf() is in the order of the ftype table, whatever the items' order", () => {
  const meta = item(FOLDER, "incus.tar.xz", {
    combined_rootxz_sha256: digest("9"),
    combined_squashfs_sha256: digest("5"),
    "combined_disk-kvm-img_sha256": digest("1"),
  });
  const items = [
    ["z", item(FOLDER, "incus_combined.tar.gz")],
    ["y", item(FOLDER, "disk-kvm.img")],
    ["x", item(FOLDER, "squashfs")],
    ["w", item(FOLDER, "root.tar.xz")],
    ["v", meta],
  ] as const;
  for (const order of [items, [...items].reverse()]) {
    const found = imagesOf(readItems(new Map(order)));
    assert.deepEqual(found.map(({ fingerprint }) => fingerprint[0]), ["9", "5", "1", "0"]);
  }
});

test("imagesOf() has no image when a part or a field of it is missing or of another type", () => {
  const whole = container(FOLDER, digest("a"));
  const broken = [
    { path: 1 },
    { size: "1" },
    { size: 1.5 },
    { size: -1 },
    { sha256: 1 },
    { ftype: undefined },
    { ftype: "root.squashfs" },
  ];
  for (const fields of broken) {
    const root = { ...whole["root.squashfs"], ...fields };
    assert.deepEqual(images({ ...whole, "root.squashfs": root }), [], JSON.stringify(fields));
  }
  assert.deepEqual(images({ "incus.tar.xz": whole["incus.tar.xz"] }), []);
  assert.deepEqual(images({ root: whole["root.squashfs"], list: [], nothing: null }), []);
  const nowhere = { ...whole["incus.tar.xz"], path: "" };
  assert.deepEqual(images({ nowhere, root: whole["root.squashfs"] }), []);
});

test("imagesOf() has an image that clients list and cannot download", () => {
  const whole = container(FOLDER, digest("a"));
  for (const fields of [{ path: null }, { size: null }, { sha256: undefined }, { sha256: "abc" }]) {
    const root = { ...whole["root.squashfs"], ...fields };
    assert.equal(images({ ...whole, "root.squashfs": root }).length, 1, JSON.stringify(fields));
  }
  const [image] = images({
    odd: item(FOLDER, "incus.tar.xz", { combined_squashfs_sha256: "A".repeat(64), size: null }),
    root: whole["root.squashfs"],
  });
  assert.deepEqual([image?.fingerprint, image?.size], ["A".repeat(64), 2]);
});

test("imagesOf() has an image once when several items give its fingerprint", () => {
  const items = Object.entries({
    ...container(FOLDER, digest("a")),
    second: item(FOLDER, "squashfs", { path: `${FOLDER}/second`, size: 50 }),
    own: item(FOLDER, "lxd.tar.xz", { combined_squashfs_sha256: A, path: `${FOLDER}/own` }),
  });
  for (const order of [items, [...items].reverse()]) {
    const found = imagesOf(readItems(new Map(order)));
    assert.equal(found.length, 1);
    assert.deepEqual(found[0]?.files.map(({ path }) => path), [
      `${FOLDER}/incus.tar.xz`,
      `${FOLDER}/root.squashfs`,
    ]);
  }
});

test("parsePublishedItems() finds every usable item by its path, parts of no image too", () => {
  const delta = item(FOLDER, "squashfs.vcdiff", { delta_base: "20230101", sha256: C });
  const versions = {
    "20240101": { items: { ...container(FOLDER, digest("a")), delta, bad: { path: "bad" } } },
    nonsense: { items: disk("elsewhere", digest("b"), "lxd") },
  };
  const items = parsePublishedItems(JSON.stringify({ versions }));
  assert.deepEqual([...items.keys()].sort(), [
    "elsewhere/disk.qcow2",
    "elsewhere/lxd.tar.xz",
    `${FOLDER}/incus.tar.xz`,
    `${FOLDER}/root.squashfs`,
    `${FOLDER}/squashfs.vcdiff`,
  ]);
  assert.equal(items.get(`${FOLDER}/incus.tar.xz`)?.ftype, "incus.tar.xz");
  assert.deepEqual(items.get(`${FOLDER}/squashfs.vcdiff`), {
    ftype: "squashfs.vcdiff",
    path: `${FOLDER}/squashfs.vcdiff`,
    size: 1,
    sha256: C,
  });
});

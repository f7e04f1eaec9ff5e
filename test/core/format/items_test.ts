import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_DIGESTS, type VersionDigests } from "../../../core/format/digests.ts";
import { selectFiles } from "../../../core/format/image_files.ts";
import { buildItems, itemJson } from "../../../core/format/items.ts";
import type { Item } from "../../../core/format/model.ts";

const FOLDER = "images/debian/12/amd64/default/20240101_05:24";

// printf incus | sha256sum, and so on; combined: printf incusroot | sha256sum
const INCUS = "4938ab1fdfcd7ad2d99e23cdbce039860d31a5d47365317ee4ea78a73d5f544f";
const LXD = "4bb70cc376332541b68c515d7ac60883d551b36afa79c0a37e064b6c87e7e025";
const ROOT = "4813494d137e1631bba301d5acab6e7bb7aa74ce1185d456565ef51d737677b2";
const SQUASH = "586abb54469a8ddcc16171b711cd2dd6add6b2c7f88e2d75d6da21c749a682f3";
const DISK = "1044dec7206e8d7c9fbb4ae8f766668406d2567fc7fc1a160a9d4700fcf8f8e9";
const INCUS_ROOT = "1322e8e88381249744549b4d302c6a0ba0696350de16cd6ea68c2973413f0777";
const INCUS_SQUASH = "eec66f576325a63b6a654a4fd96fddd235a95c6b2bc83c8e8e4c44121bb0f516";
const INCUS_DISK = "3ac20123c256fcfa9810048e232653823b0856558f1551c1cbc14c3277c76a76";
const LXD_ROOT = "ef4257fae831912237852662d46763bf2938badabca5a9c65a0db4de996ff50d";
const LXD_SQUASH = "83108bcbe7c193fe09b251e21c7304ab177b098bae937e680c094a1bf0398356";
const LXD_DISK = "72267b31c18b59a1f1cc69652713004818609d99a0616760c4320147849f00fb";

const DIGESTS: VersionDigests = {
  ...NO_DIGESTS,
  own: new Map([
    ["incus.tar.xz", INCUS],
    ["lxd.tar.xz", LXD],
    ["root.tar.xz", ROOT],
    ["root.squashfs", SQUASH],
    ["disk.qcow2", DISK],
  ]),
  combined: new Map([
    [
      "incus.tar.xz",
      new Map([
        ["root.tar.xz", INCUS_ROOT],
        ["root.squashfs", INCUS_SQUASH],
        ["disk.qcow2", INCUS_DISK],
      ]),
    ],
    [
      "lxd.tar.xz",
      new Map([
        ["root.tar.xz", LXD_ROOT],
        ["root.squashfs", LXD_SQUASH],
        ["disk.qcow2", LXD_DISK],
      ]),
    ],
  ]),
};

test("buildItems() lists every file once when both metadata files are there", () => {
  const items = build("disk.qcow2", "incus.tar.xz", "lxd.tar.xz", "root.squashfs", "root.tar.xz");
  assert.deepEqual(items.map(({ key, ftype, path }) => [key, ftype, path]), [
    ["disk.qcow2", "disk-kvm.img", `${FOLDER}/disk.qcow2`],
    ["incus.tar.xz", "incus.tar.xz", `${FOLDER}/incus.tar.xz`],
    ["lxd.tar.xz", "lxd.tar.xz", `${FOLDER}/lxd.tar.xz`],
    ["root.squashfs", "squashfs", `${FOLDER}/root.squashfs`],
    ["root.tar.xz", "root.tar.xz", `${FOLDER}/root.tar.xz`],
  ]);
});

test("buildItems() gives each metadata item fingerprints of its own", () => {
  const items = build("incus.tar.xz", "lxd.tar.xz", "root.squashfs");
  assert.deepEqual(
    items.filter(({ combined }) => combined.size > 0).map(({ key, combined }) => [key, combined]),
    [
      ["incus.tar.xz", new Map([["combined_squashfs_sha256", INCUS_SQUASH]])],
      ["lxd.tar.xz", new Map([["combined_squashfs_sha256", LXD_SQUASH]])],
    ],
  );
});

test("buildItems() writes a fingerprint for each root, that of root.tar.xz under both its names", () => {
  const [item] = build("incus.tar.xz", "disk.qcow2", "root.squashfs", "root.tar.xz")
    .filter(({ key }) => key === "incus.tar.xz");
  assert.deepEqual(
    item?.combined,
    new Map([
      ["combined_rootxz_sha256", INCUS_ROOT],
      ["combined_sha256", INCUS_ROOT],
      ["combined_squashfs_sha256", INCUS_SQUASH],
      ["combined_disk-kvm-img_sha256", INCUS_DISK],
    ]),
  );
});

test("buildItems() returns size and sha256 of each file", () => {
  assert.deepEqual(
    build("incus.tar.xz", "lxd.tar.xz", "disk.qcow2").map((item) => [item.sizeBytes, item.sha256]),
    [[10, DISK], [12, INCUS], [10, LXD]],
  );
});

test("buildItems() copies incus.tar.xz for LXD, with the same path", () => {
  const items = build("incus.tar.xz", "root.squashfs");
  const common = {
    path: `${FOLDER}/incus.tar.xz`,
    sizeBytes: 12,
    sha256: INCUS,
    combined: new Map([["combined_squashfs_sha256", INCUS_SQUASH]]),
  };
  assert.deepEqual(items.slice(0, 2), [
    { key: "incus.tar.xz", ftype: "incus.tar.xz", ...common },
    { key: "lxd.tar.xz", ftype: "lxd.tar.xz", ...common },
  ]);
});

test("buildItems() copies lxd.tar.xz for Incus, with the same path", () => {
  const items = build("lxd.tar.xz", "root.squashfs");
  const common = {
    path: `${FOLDER}/lxd.tar.xz`,
    sizeBytes: 10,
    sha256: LXD,
    combined: new Map([["combined_squashfs_sha256", LXD_SQUASH]]),
  };
  assert.deepEqual(items.slice(0, 2), [
    { key: "incus.tar.xz", ftype: "incus.tar.xz", ...common },
    { key: "lxd.tar.xz", ftype: "lxd.tar.xz", ...common },
  ]);
});

test("buildItems() lists rootfs.* under the key of root.*, at its own path", () => {
  const files = selectFiles([{ name: "rootfs.squashfs", sizeBytes: 6 }]);
  const digests = { ...NO_DIGESTS, own: new Map([["rootfs.squashfs", SQUASH]]) };
  assert.deepEqual(buildItems(FOLDER, files, digests), [{
    key: "root.squashfs",
    ftype: "squashfs",
    path: `${FOLDER}/rootfs.squashfs`,
    sizeBytes: 6,
    sha256: SQUASH,
    combined: new Map(),
  }]);
});

test("buildItems() leaves out files whose digest is not known", () => {
  const own = new Map([["incus.tar.xz", INCUS]]);
  const items = buildItems(FOLDER, select("incus.tar.xz", "root.squashfs"), { ...NO_DIGESTS, own });
  assert.deepEqual(items.map(({ key, combined }) => [key, combined.size]), [
    ["incus.tar.xz", 0],
    ["lxd.tar.xz", 0],
  ]);
});

test("itemJson() writes the fields of an item sorted, the size as a number", () => {
  const item: Item = {
    key: "incus.tar.xz",
    ftype: "incus.tar.xz",
    path: "images/a/incus.tar.xz",
    sizeBytes: 12,
    sha256: INCUS,
    combined: new Map([
      ["combined_squashfs_sha256", INCUS_SQUASH],
      ["combined_sha256", INCUS_ROOT],
      ["combined_rootxz_sha256", INCUS_ROOT],
      ["combined_disk-kvm-img_sha256", INCUS_DISK],
    ]),
  };
  assert.equal(
    itemJson(item),
    `{"combined_disk-kvm-img_sha256":"${INCUS_DISK}","combined_rootxz_sha256":"${INCUS_ROOT}",` +
      `"combined_sha256":"${INCUS_ROOT}","combined_squashfs_sha256":"${INCUS_SQUASH}",` +
      `"ftype":"incus.tar.xz","path":"images/a/incus.tar.xz","sha256":"${INCUS}","size":12}`,
  );
});

test("itemJson() writes the path raw, with JSON's escapes alone", () => {
  const path = 'images/a b+#?&é😀"\\/root.squashfs';
  const item: Item = {
    key: "root.squashfs",
    ftype: "squashfs",
    path,
    sizeBytes: 6,
    sha256: SQUASH,
    combined: new Map(),
  };
  assert.equal(
    itemJson(item),
    `{"ftype":"squashfs","path":"images/a b+#?&é😀\\"\\\\/root.squashfs","sha256":"${SQUASH}","size":6}`,
  );
});

test("itemJson() writes mtime when it is given", () => {
  const [item] = build("lxd.tar.xz");
  const cached = item && itemJson(item, { mtimeMs: 1700000000123 });
  assert.match(cached ?? "", /"mtime":1700000000123,"path":/);
});

test("itemJson() writes no mtime by itself", () => {
  const [item] = build("lxd.tar.xz");
  assert.equal(item && itemJson(item).includes("mtime"), false);
});

function select(...names: readonly string[]) {
  return selectFiles(names.map((name) => ({ name, sizeBytes: name.length })));
}

function build(...names: readonly string[]): readonly Item[] {
  return buildItems(FOLDER, select(...names), DIGESTS);
}

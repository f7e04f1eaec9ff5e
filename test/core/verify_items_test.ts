import { type Documents, FOLDER } from "../support/verified_root.ts";
import { failed, items, type Rule, testRules, warned } from "../support/verify_rules.ts";

function addDelta(product: Documents["document"], base: unknown, ftype = "squashfs.vcdiff") {
  const { sha256, path, size } = items(product)["root.squashfs"];
  const key = `root.${Object.keys(items(product)).length}.vcdiff`;
  items(product)[key] = { ftype, path, sha256, size, delta_base: base };
}

const ITEMS: readonly Rule[] = [
  ...["/a", "a/../../b", "..", "a//b", "./a", "100%25", "a%20b", "a\\b", "a\nb", "https://a/b", ""]
    .map((path) => ({
      name: `an item with the path "${path}"`,
      edit: (product: Documents["document"]) => items(product)["root.squashfs"].path = path,
      expected: [
        ...warned("FILE_UNLISTED", `${FOLDER}/20240102/root.squashfs`),
        ...failed("PATH_UNUSABLE"),
      ],
    })),
  {
    name: "the ftype root.squashfs",
    edit: (product) => items(product)["root.squashfs"].ftype = "root.squashfs",
    expected: [...warned("FTYPE_UNKNOWN"), ...warned("VERSION_WITHOUT_ROOT")],
  },
  {
    name: "no metadata item",
    edit: (product) => {
      delete items(product)["incus.tar.xz"];
      items(product)["lxd.tar.xz"].ftype = "lxd.tar";
    },
    expected: [...warned("FTYPE_UNKNOWN"), ...warned("VERSION_WITHOUT_METADATA")],
  },
  {
    name: "no fingerprint",
    edit: (product) => delete items(product)["incus.tar.xz"].combined_squashfs_sha256,
    expected: warned("FINGERPRINT_MISSING"),
  },
  ...["A".repeat(64), "abc"].map((digest) => ({
    name: `the fingerprint ${digest}`,
    edit: (product: Documents["document"]) =>
      items(product)["incus.tar.xz"].combined_squashfs_sha256 = digest,
    expected: failed("DIGEST_UNUSABLE"),
  })),
  {
    name: "no sha256",
    edit: (product) => delete items(product)["root.squashfs"].sha256,
    expected: failed("DIGEST_UNUSABLE"),
  },
  {
    name: "a sha256 in capitals",
    edit: (product) => items(product)["root.squashfs"].sha256 = "A".repeat(64),
    expected: failed("DIGEST_UNUSABLE"),
  },
  {
    name: "no size",
    edit: (product) => delete items(product)["root.squashfs"].size,
    expected: failed("SIZE_UNUSABLE"),
  },
  {
    name: "a negative size",
    edit: (product) => items(product)["root.squashfs"].size = -1,
    expected: failed("SIZE_UNUSABLE"),
  },
  {
    name: "a fingerprint in two versions",
    edit: (product) => product.versions["20240103"] = product.versions["20240102"],
    expected: failed("FINGERPRINT_TAKEN"),
  },
  {
    name: "a fingerprint in a version that clients skip, too",
    edit: (product) => product.versions["20240230"] = product.versions["20240102"],
    expected: warned("VERSION_NAME"),
  },
  {
    name: "a fingerprint in a product that only Incus lists, and in another for LXD",
    edit: (product, { document }) => {
      const other = document.products["debian:12:arm64:default"];
      other.arch = "loong64";
      other.versions["20240102"] = { items: { ...items(product) } };
      delete items(product)["incus.tar.xz"];
    },
    expected: [],
  },
  {
    name: "a fingerprint in a product that only Incus lists, and in another for Incus",
    edit: (product, { document }) => {
      const other = document.products["debian:12:arm64:default"];
      other.arch = "loong64";
      other.versions["20240102"] = product.versions["20240102"];
    },
    expected: failed("FINGERPRINT_TAKEN"),
  },
  {
    name: "a unified image twice",
    edit: (product) => {
      const { "root.squashfs": item } = items(product);
      const unified = { ...item, ftype: "lxd_combined.tar.gz" };
      product.versions["20240103"] = { items: { unified } };
      product.versions["20240104"] = { items: { unified } };
    },
    expected: failed("FINGERPRINT_TAKEN"),
  },
  {
    name: "a unified image for both clients",
    edit: (product) => {
      const { "root.squashfs": item } = items(product);
      const [a, b] = ["lxd_combined.tar.gz", "incus_combined.tar.gz"];
      product.versions["20240103"] = {
        items: { a: { ...item, ftype: a }, b: { ...item, ftype: b } },
      };
    },
    expected: [],
  },
];

const HIDDEN: readonly Rule[] = [{
  name: "a file in a folder that starts with a dot",
  edit: (product) => items(product, "20240101")["root.squashfs"].path = "images/.h/root.squashfs",
  change(ports) {
    ports.tree.put("/root/images/.h/root.squashfs", "root a");
    ports.tree.removeFile(`/root/${FOLDER}/20240101/root.squashfs`);
  },
  expected: warned("PATH_HIDDEN"),
}];

testRules("names", HIDDEN);

const DELTAS: readonly Rule[] = [
  {
    name: "a delta that is none",
    edit: (product) => addDelta(product, "20240101"),
    expected: failed("DELTA_WRONG", `${FOLDER}/20240102/root.squashfs`),
  },
  ...["20231231", "20240102", undefined].map((base) => ({
    name: `a delta from ${base}`,
    edit: (product: Documents["document"]) => addDelta(product, base),
    expected: warned("DELTA_BASE"),
  })),
  {
    name: "a delta from a version without its fingerprint",
    edit: (product) => {
      addDelta(product, "20240101");
      for (const key of ["incus.tar.xz", "lxd.tar.xz"]) {
        delete items(product, "20240101")[key].combined_squashfs_sha256;
      }
    },
    expected: [
      ...warned("DELTA_BASE"),
      ...warned("FINGERPRINT_MISSING"),
      ...warned("FINGERPRINT_MISSING"),
    ],
  },
  {
    name: "a delta that daemons pass over beside one that they use",
    edit: (product) => {
      addDelta(product, "20240101");
      addDelta(product, "20231231");
    },
    expected: [
      ...failed("DELTA_WRONG", `${FOLDER}/20240102/root.squashfs`),
      ...warned("DELTA_BASE"),
    ],
  },
  {
    name: "two deltas in a version",
    edit: (product) => {
      addDelta(product, "20240101");
      addDelta(product, "20240101");
    },
    expected: [
      ...failed("DELTA_TWICE"),
      ...failed("DELTA_WRONG", `${FOLDER}/20240102/root.squashfs`),
    ],
  },
  {
    name: "a delta of a VM's disk",
    edit: (product) => addDelta(product, "20240101", "disk-kvm.img.vcdiff"),
    expected: failed("DELTA_DISK"),
  },
];

testRules("items", ITEMS);
testRules("deltas", DELTAS);

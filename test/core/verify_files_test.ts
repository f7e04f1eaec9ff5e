import { FOLDER } from "../support/verified_root.ts";
import {
  failed,
  items,
  put,
  remove,
  type Rule,
  testRules,
  warned,
} from "../support/verify_rules.ts";

const DIGIT = "0".repeat(64);

const FILES: readonly Rule[] = [
  {
    name: "a missing file",
    change: remove(`${FOLDER}/20240102/root.squashfs`),
    expected: failed("FILE_MISSING", `${FOLDER}/20240102/root.squashfs`),
  },
  {
    name: "a folder in a file's place",
    change: ({ tree }) => {
      tree.removeFile(`/root/${FOLDER}/20240102/root.squashfs`);
      tree.makeDirectory(`/root/${FOLDER}/20240102/root.squashfs`);
    },
    expected: failed("FILE_MISSING", `${FOLDER}/20240102/root.squashfs`),
  },
  {
    name: "a longer file",
    change: put(`${FOLDER}/20240102/root.squashfs`, "root b."),
    expected: failed("FILE_SIZE", `${FOLDER}/20240102/root.squashfs`),
  },
  {
    name: "other bytes of a root",
    change: put(`${FOLDER}/20240102/root.squashfs`, "root B"),
    expected: [
      ...failed("FINGERPRINT_WRONG", `${FOLDER}/20240102/incus.tar.xz`),
      ...failed("FILE_DIGEST", `${FOLDER}/20240102/root.squashfs`),
    ],
  },
  {
    name: "a fingerprint of other bytes",
    edit: (product) => items(product)["lxd.tar.xz"].combined_squashfs_sha256 = DIGIT,
    expected: failed("FINGERPRINT_WRONG", `${FOLDER}/20240102/incus.tar.xz`),
  },
  {
    name: "a fingerprint of no use to its root",
    edit: (product) => {
      items(product)["root.tar.xz"] = { ...items(product)["root.squashfs"], ftype: "root.tar.xz" };
      const fingerprint = items(product)["incus.tar.xz"].combined_squashfs_sha256;
      items(product)["incus.tar.xz"].combined_rootxz_sha256 = fingerprint;
      items(product)["incus.tar.xz"].combined_sha256 = DIGIT;
      items(product)["lxd.tar.xz"].combined_sha256 = fingerprint;
    },
    expected: [
      ...failed("FINGERPRINT_WRONG", `${FOLDER}/20240102/incus.tar.xz`),
      ...failed("FINGERPRINT_TAKEN"),
    ],
  },
  {
    name: "a file that no document lists",
    change: put(`${FOLDER}/20240102/notes.txt`, "notes"),
    expected: warned("FILE_UNLISTED", `${FOLDER}/20240102/notes.txt`),
  },
  {
    name: "a version that no document lists",
    change: put(`${FOLDER}/20240103/incus.tar.xz`, "half"),
    expected: warned("VERSION_UNLISTED", `${FOLDER}/20240103`),
  },
  {
    name: "files that are never listed",
    change: ({ tree }) => {
      for (
        const name of [".upload/root.squashfs", "SHA256SUMS", "image.yaml", ".lxd_requirements"]
      ) {
        tree.put(`/root/${FOLDER}/20240102/${name}`, "{}");
      }
    },
    expected: [],
  },
];

testRules("files", FILES);

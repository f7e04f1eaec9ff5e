import assert from "node:assert/strict";
import { test } from "node:test";
import {
  findMissingDigests,
  mergeDigests,
  NO_DIGESTS,
  type VersionDigests,
} from "../../../core/format/digests.ts";
import { selectFiles } from "../../../core/format/image_files.ts";

const FILES = selectFiles(
  ["incus.tar.xz", "lxd.tar.xz", "root.squashfs", "disk.qcow2"].map((name) => ({ name })),
);
const COMPLETE = digests(
  { "incus.tar.xz": "i", "lxd.tar.xz": "l", "root.squashfs": "s", "disk.qcow2": "d" },
  {
    "incus.tar.xz": { "root.squashfs": "is", "disk.qcow2": "id" },
    "lxd.tar.xz": { "root.squashfs": "ls", "disk.qcow2": "ld" },
  },
);

test("findMissingDigests() returns undefined when everything is known", () => {
  assert.equal(findMissingDigests(FILES, COMPLETE), undefined);
});

test("findMissingDigests() returns all files when nothing is known", () => {
  assert.deepEqual(namesOf(NO_DIGESTS), {
    metadata: ["incus.tar.xz", "lxd.tar.xz"],
    roots: ["root.squashfs", "disk.qcow2"],
  });
});

test("findMissingDigests() leaves out a root file that is known with every metadata file", () => {
  const known = digests(Object.fromEntries(COMPLETE.own), {
    "incus.tar.xz": { "root.squashfs": "is" },
    "lxd.tar.xz": { "root.squashfs": "ls", "disk.qcow2": "ld" },
  });
  assert.deepEqual(namesOf(known), {
    metadata: ["incus.tar.xz", "lxd.tar.xz"],
    roots: ["disk.qcow2"],
  });
});

test("findMissingDigests() returns a root file whose own digest alone is not known", () => {
  const own = new Map(COMPLETE.own);
  own.delete("root.squashfs");
  assert.deepEqual(namesOf({ ...COMPLETE, own })?.roots, ["root.squashfs"]);
});

test("findMissingDigests() returns metadata alone when its own digest alone is not known", () => {
  const own = new Map(COMPLETE.own);
  own.delete("lxd.tar.xz");
  assert.deepEqual(namesOf({ ...COMPLETE, own }), {
    metadata: ["incus.tar.xz", "lxd.tar.xz"],
    roots: [],
  });
});

test("findMissingDigests() returns all root files when a metadata file is new", () => {
  const known = digests(
    { "incus.tar.xz": "i", "root.squashfs": "s", "disk.qcow2": "d" },
    { "incus.tar.xz": { "root.squashfs": "is", "disk.qcow2": "id" } },
  );
  assert.deepEqual(namesOf(known)?.roots, ["root.squashfs", "disk.qcow2"]);
});

test("mergeDigests() returns what either says", () => {
  const older = digests({ a: "1" }, { a: { x: "1x" } });
  const newer = digests({ b: "2" }, { a: { y: "1y" }, b: { x: "2x" } });
  assert.deepEqual(
    mergeDigests(older, newer),
    digests({ a: "1", b: "2" }, { a: { x: "1x", y: "1y" }, b: { x: "2x" } }),
  );
});

test("mergeDigests() lets the newer win where they differ", () => {
  const older = digests({ a: "old" }, { a: { x: "old" } });
  const newer = digests({ a: "new" }, { a: { x: "new" } });
  assert.deepEqual(mergeDigests(older, newer), newer);
});

test("mergeDigests() leaves both as they are", () => {
  const older = digests({ a: "1" }, { a: { x: "1x" } });
  mergeDigests(older, digests({ b: "2" }, { a: { y: "1y" } }));
  assert.deepEqual(older, digests({ a: "1" }, { a: { x: "1x" } }));
});

function namesOf(known: VersionDigests) {
  const missing = findMissingDigests(FILES, known);
  return missing && {
    metadata: missing.metadata.map(({ name }) => name),
    roots: missing.roots.map(({ name }) => name),
  };
}

function digests(
  own: Readonly<Record<string, string>>,
  combined: Readonly<Record<string, Readonly<Record<string, string>>>>,
): VersionDigests {
  return {
    ...NO_DIGESTS,
    own: new Map(Object.entries(own)),
    combined: new Map(
      Object.entries(combined).map(([name, roots]) => [name, new Map(Object.entries(roots))]),
    ),
  };
}

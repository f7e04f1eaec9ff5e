import assert from "node:assert/strict";
import { test } from "node:test";
import { selectFiles } from "../../../core/format/image_files.ts";
import { checkVersion } from "../../../core/format/version_rules.ts";

const NAME = "20240101_05:24";
const PRODUCT = "images/debian/12/amd64/default";
const FOLDER = `${PRODUCT}/${NAME}`;
const GOOD = ["incus.tar.xz", "root.squashfs"];

test("checkVersion() finds a version with metadata and a root sound", () => {
  assert.deepEqual(check(NAME, GOOD), { sound: true, findings: [] });
});

test("checkVersion() takes either metadata file and any root for enough", () => {
  for (const metadata of ["incus.tar.xz", "lxd.tar.xz"]) {
    for (const root of ["root.tar.xz", "rootfs.tar.xz", "rootfs.squashfs", "disk.qcow2"]) {
      assert.deepEqual(check(NAME, [metadata, root]), { sound: true, findings: [] });
    }
  }
});

test("checkVersion() leaves out a version with another name", () => {
  for (const name of ["latest", "20240230", "20240101_25:00", "2024-01-01"]) {
    assertLeftOut(check(name, GOOD), "VERSION_NAME", `${PRODUCT}/${name}`);
  }
});

test("checkVersion() says what a client would do with another name", () => {
  const [finding] = check("latest", GOOD).findings;
  assert.match(finding?.message ?? "", /^this version is left out: .*clients skip it/);
});

test("checkVersion() leaves out a name that no path can have", () => {
  for (const name of ["20240101%", "2024\n0101"]) {
    assertLeftOut(check(name, GOOD), "NAME_UNUSABLE", `${PRODUCT}/${name}`);
  }
});

test("checkVersion() leaves out a version without metadata", () => {
  assertLeftOut(check(NAME, ["root.squashfs"]), "VERSION_WITHOUT_METADATA", FOLDER);
});

test("checkVersion() leaves out a version without a root", () => {
  assertLeftOut(check(NAME, ["incus.tar.xz"]), "VERSION_WITHOUT_ROOT", FOLDER);
});

test("checkVersion() names both parts that an empty folder lacks", () => {
  const { sound, findings } = check(NAME, []);
  assert.equal(sound, false);
  assert.deepEqual(findings.map(({ code }) => code), [
    "VERSION_WITHOUT_METADATA",
    "VERSION_WITHOUT_ROOT",
  ]);
});

test("checkVersion() reports the second spelling of a role, and publishes the first", () => {
  const { sound, findings } = check(NAME, [...GOOD, "rootfs.squashfs"]);
  assert.equal(sound, true);
  assert.deepEqual(findings.map(({ code, path }) => [code, path]), [
    ["SPELLED_TWICE", `${FOLDER}/rootfs.squashfs`],
  ]);
  assert.match(findings[0]?.message ?? "", /root\.squashfs/);
});

test("checkVersion() reports an empty file, and publishes it all the same", () => {
  const files = selectFiles([
    { name: "incus.tar.xz", sizeBytes: 1 },
    { name: "root.squashfs", sizeBytes: 0 },
  ]);
  const { sound, findings } = checkVersion(NAME, FOLDER, files);
  assert.equal(sound, true);
  assert.deepEqual(findings.map(({ code, path }) => [code, path]), [
    ["FILE_EMPTY", `${FOLDER}/root.squashfs`],
  ]);
});

test("checkVersion() misses no part of a split image beside a unified one", () => {
  assert.deepEqual(check(NAME, ["incus_combined.tar.gz"]), { sound: true, findings: [] });
});

test("checkVersion() reports half a split image beside a unified one", () => {
  const { sound, findings } = check(NAME, ["incus_combined.tar.gz", "root.squashfs"]);
  assert.equal(sound, true);
  assert.deepEqual(findings.map(({ code }) => code), ["VERSION_WITHOUT_METADATA"]);
  assert.match(findings[0]?.message ?? "", /^its split image is left out/);
});

test("checkVersion() reports files that could each be the root", () => {
  const { sound, findings } = check(NAME, ["incus.tar.xz", "a.qcow2", "b.qcow2"]);
  assert.equal(sound, false);
  assert.deepEqual(findings.map(({ code, path }) => [code, path]), [
    ["ROOT_AMBIGUOUS", `${FOLDER}/a.qcow2`],
    ["ROOT_AMBIGUOUS", `${FOLDER}/b.qcow2`],
    ["VERSION_WITHOUT_ROOT", FOLDER],
  ]);
});

test("checkVersion() leaves out a version whose root's name no client can ask for", () => {
  const verdict = check(NAME, ["incus.tar.xz", "50%.squashfs"]);
  assertLeftOut(verdict, "NAME_UNUSABLE", `${FOLDER}/50%.squashfs`);
});

function check(name: string, files: readonly string[]) {
  const selected = selectFiles(files.map((file) => ({ name: file, sizeBytes: 1 })));
  return checkVersion(name, `${PRODUCT}/${name}`, selected);
}

function assertLeftOut(verdict: ReturnType<typeof check>, code: string, path: string): void {
  assert.equal(verdict.sound, false);
  assert.deepEqual(verdict.findings.map((finding) => [finding.code, finding.path]), [[code, path]]);
}

import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { simplestreams, succeed } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import { assertDigestsHold, LONG_AGO, readDocument, writeVersion } from "../support/trees.ts";

import {
  digestsOf,
  EARLIER,
  falseItems,
  FILES,
  FOLDER,
  LATER,
  makeTree,
  PATH,
  TRUTH,
} from "./false_cache.ts";

describe("A senseless cache", { concurrency: 2 }, () => {
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const ours = falseItems({ mtime: LONG_AGO.getTime() });
  const one = ours["root.tar.xz"];
  const SENSELESS: readonly (readonly [string, string])[] = [
    ["an empty file", ""],
    ["binary", "\0\x01\xff\xfe"],
    ["a cut end", JSON.stringify(ours).slice(0, -20)],
    ["a list", "[]"],
    ["null", "null"],
    ["a deep list", deep],
    ["entries that are no objects", '{"incus.tar.xz": 5, "root.tar.xz": null}'],
    ["no digests", JSON.stringify({ "root.tar.xz": { ...one, sha256: "no digest" } })],
    [
      "digests in upper case",
      JSON.stringify({ "root.tar.xz": { ...one, sha256: "A".repeat(64) } }),
    ],
    ["a digest that is a number", JSON.stringify({ "root.tar.xz": { ...one, sha256: 5 } })],
    ["a size that is text", JSON.stringify({ "root.tar.xz": { ...one, size: "10" } })],
    ["an mtime that is text", JSON.stringify({ "root.tar.xz": { ...one, mtime: "0" } })],
    ["an mtime that is null", JSON.stringify({ "root.tar.xz": { ...one, mtime: null } })],
    ["no path", JSON.stringify({ "root.tar.xz": { ...one, path: undefined } })],
    ["another file's path", JSON.stringify({ "root.tar.xz": { ...one, path: "../../x" } })],
    ["__proto__", '{"__proto__": {"path": "root.tar.xz"}}'],
  ];
  for (const [what, items] of SENSELESS) {
    it(`is as good as none: ${what}`, async (test) => {
      const { root, cache } = makeTree(test, { items });
      const { status, stderr } = await simplestreams(["-N", root]);
      assert.equal(status, 0);
      assert.equal(stderr.split("\n").length, 2, stderr);
      assert.deepEqual(digestsOf(readDocument(root)), TRUTH);
      assert.equal(JSON.parse(readFileSync(cache, "utf8"))["root.tar.xz"].sha256, TRUTH.root);
    });
  }

  it("is as good as none: a directory, which is a finding", async (test) => {
    const { root, cache } = makeTree(test);
    mkdirSync(cache);
    writeFileSync(join(cache, "mine"), "");
    const { status, stderr } = await simplestreams(["-N", root]);
    assert.equal(status, 0);
    assert.ok(stderr.startsWith(`warning: ${PATH}/.items.json: `), stderr);
    assert.deepEqual(digestsOf(readDocument(root)), TRUTH);
    assert.deepEqual(readdirSync(cache), ["mine"]);
  });
});

describe("The cache that is written", { concurrency: 2 }, () => {
  it("replaces a link to a file outside, which stays as it is", async (test) => {
    const outside = join(makeTempDirectory(test), "precious");
    for (const content of ["precious", JSON.stringify(falseItems())]) {
      writeFileSync(outside, content);
      utimesSync(outside, LATER, LATER);
      const { root, cache } = makeTree(test);
      symlinkSync(outside, cache);
      await succeed(["-N", root]);
      assert.equal(readFileSync(outside, "utf8"), content);
      rmSync(join(root, ".simplestreams"), { recursive: true });
      await succeed(["-N", root]);
      assert.equal(readFileSync(outside, "utf8"), content);
    }
  });

  it("replaces a link that leads nowhere, and makes nothing there", async (test) => {
    const outside = join(makeTempDirectory(test), "nothing");
    const { root, cache } = makeTree(test);
    symlinkSync(outside, cache);
    await succeed(["-N", root]);
    assert.ok(!existsSync(outside));
    assert.deepEqual(digestsOf(readDocument(root)), TRUTH);
  });

  it("has nothing on a file that was touched within two seconds", async (test) => {
    const { root, folder, cache } = makeTree(test);
    // An mtime in the future is younger than two seconds however long this takes
    const future = new Date(Date.now() + 3600_000);
    utimesSync(join(folder, "root.tar.xz"), future, future);
    await succeed(["-N", root]);
    assert.deepEqual(digestsOf(readDocument(root)), TRUTH);
    const items = JSON.parse(readFileSync(cache, "utf8"));
    assert.deepEqual(Object.keys(items).filter((key) => key.includes("root")), []);
    assert.equal(items["incus.tar.xz"].combined_rootxz_sha256, undefined);

    writeFileSync(join(folder, "root.tar.xz"), "CONTAINER\n");
    utimesSync(join(folder, "root.tar.xz"), future, future);
    await succeed(["-N", root]);
    await assertDigestsHold(root);
  });

  it("has nothing on files that were just made, and has them later", async (test) => {
    const root = makeTempDirectory(test);
    const folder = writeVersion(root, FOLDER, FILES);
    const now = new Date();
    for (const name of Object.keys(FILES)) utimesSync(join(folder, name), now, now);
    await succeed(["-N", root]);
    if (Date.now() - now.getTime() < 2000) assert.deepEqual(readdirSync(folder).length, 2);
    for (const name of Object.keys(FILES)) utimesSync(join(folder, name), EARLIER, EARLIER);
    await succeed(["-N", root]);
    assert.equal(readdirSync(folder).length, 3);
    const { counts } = JSON.parse(await succeed(["-N", "--json", root]));
    assert.equal(counts.hashedFiles, 0);
  });

  it("is readable for everybody, and stays as it is while nothing changes", async (test) => {
    const { root, cache } = makeTree(test);
    await succeed(["-N", root]);
    const { ino, mtimeMs, mode } = statSync(cache);
    assert.equal(mode & 0o777, 0o644);
    await succeed(["-N", root]);
    rmSync(join(root, ".simplestreams"), { recursive: true });
    await succeed(["-N", root]);
    assert.deepEqual([statSync(cache).ino, statSync(cache).mtimeMs], [ino, mtimeMs]);
  });
});

import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { simplestreams, succeed } from "../support/command.ts";
import { CANNOT_MOUNT, makeTempDirectory, mountTmpfs } from "../support/temp_directory.ts";
import {
  assertDigestsHold,
  assertFilesExist,
  IMAGES,
  INDEX,
  listTree,
  readDocument,
  SOURCE_FOLDER,
  writeSampleTree,
  writeSource,
  writeVersion,
} from "../support/trees.ts";

const NEEDS_MOUNT = { skip: CANNOT_MOUNT };

/** Fills a file system to its last byte, then gives some back. */
function fill(directory: string, options: { readonly freeKib: number }): void {
  const path = join(directory, "filler");
  const piece = new Uint8Array(4096);
  try {
    for (;;) writeFileSync(path, piece, { flag: "a" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  }
  truncateSync(path, Math.max(0, statSync(path).size - options.freeKib * 1024));
}

function documentsOf(root: string): readonly string[] {
  return [readDocument(root), readDocument(root, INDEX)];
}

describe("A full disk", { concurrency: 2 }, () => {
  it("leaves the old documents whole, whenever it fills up", NEEDS_MOUNT, async (test) => {
    const { path: root } = await mountTmpfs(test, { sizeKib: 4096 });
    for (let number = 100; number < 140; number++) {
      writeVersion(root, `debian/12/amd64/variant${number}/20240101`);
    }
    await succeed(["-N", root]);
    let refused = 0;
    // From nothing free to enough for both documents, caches and all
    for (let freeKib = 0; freeKib <= 160; freeKib += freeKib < 40 ? 4 : 20) {
      writeVersion(root, `debian/12/amd64/new${freeKib}/20240101`);
      const before = documentsOf(root);
      fill(root, { freeKib });
      const { status, stderr } = await simplestreams(["-N", root]);
      assert.ok(status === 0 || status === 1, `${freeKib} KiB: ${status}, ${stderr}`);
      if (status === 1) {
        refused += 1;
        assert.deepEqual(documentsOf(root), before);
        assert.match(stderr, /^error: [^\n]*the disk is full[^\n]*\n$/m);
        assert.deepEqual(readdirSync(join(root, "streams/v1")).length, 2, "nothing is left over");
      }
      assertFilesExist(root);
      rmSync(join(root, "filler"));
      await succeed(["-N", root]);
      assert.ok(readDocument(root).includes(`new${freeKib}`));
      assertFilesExist(root);
    }
    await assertDigestsHold(root);
    test.diagnostic(`${refused} runs found the disk full`);
    assert.ok(refused >= 3, `${refused} runs found the disk full`);
  });

  it(
    "is given room by a prune of what is due, for the documents too",
    NEEDS_MOUNT,
    async (test) => {
      const { path: root, inside } = await mountTmpfs(test, { sizeKib: 4096 });
      const prune = (...words: readonly string[]) =>
        succeed(["prune", "-N", ...words, inside.path], { through: inside.through });
      for (let number = 100; number < 140; number++) {
        writeVersion(root, `debian/12/amd64/variant${number}/20240101`);
      }
      const product = "debian/12/amd64/default";
      for (const day of ["01", "02", "03"]) writeVersion(root, `${product}/202401${day}`);
      writeFileSync(join(root, "images", product, "20240101/root.tar.xz"), new Uint8Array(400_000));
      await succeed(["-N", root]);
      await prune("--keep", "2");
      fill(root, { freeKib: 12 });
      writeFileSync(join(root, "filler.2"), new Uint8Array(4096));
      assert.ok(statSync(join(root, IMAGES)).size > 16 * 1024, "there is no room for a second one");
      await prune("--keep", "1", "--grace", "0s");
      assert.deepEqual(readdirSync(join(root, "images", product)).sort(), ["20240102", "20240103"]);
      assert.ok(!readDocument(root).includes(`${product}/20240102`));
      assertFilesExist(root);
    },
  );

  it("does not stop documents for want of room for a cache", NEEDS_MOUNT, async (test) => {
    const { path: root, run } = await mountTmpfs(test, { sizeKib: 4096 });
    writeSampleTree(root);
    const small = join(root, "images/debian/12/amd64/default/20240301");
    mkdirSync(small);
    await run(`mount -t tmpfs -o size=16k tmpfs images/debian/12/amd64/default/20240301`);
    writeVersion(root, "debian/12/amd64/default/20240301");
    fill(small, { freeKib: 0 });
    const { status, stderr } = await simplestreams(["-N", root]);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /^warning: [^\n]*20240301\/\.items\.json: [^\n]*the disk is full/m);
    assert.ok(!existsSync(join(small, ".items.json")));
    await assertDigestsHold(root);
  });

  it("leaves the source of an import untouched", NEEDS_MOUNT, async (test) => {
    const { path: root } = await mountTmpfs(test, { sizeKib: 1024 });
    const source = makeTempDirectory(test);
    await writeSource(source, {
      roots: { "root.tar.xz": "tar", "rootfs.squashfs": new Uint8Array(2 ** 20) },
    });
    const before = listTree(source);
    const { status, stdout, stderr } = await simplestreams(["-N", "-i", source, root]);
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /^error: [^\n]*the disk is full/);
    assert.deepEqual(listTree(source), before);
    const product = join(root, "images/debian/12/amd64/default");
    assert.deepEqual(readdirSync(product), [], "nothing is left over");
  });

  it("stops an import that has no room for a folder or its lock", NEEDS_MOUNT, async (test) => {
    const { path: root } = await mountTmpfs(test, { sizeKib: 256 });
    const source = makeTempDirectory(test);
    await writeSource(source);
    const before = listTree(source);
    fill(root, { freeKib: 0 });
    const { status, stderr } = await simplestreams(["-N", "-i", source, root]);
    assert.equal(status, 1);
    assert.match(stderr, /^error: [^\n]*the disk is full/);
    assert.deepEqual(listTree(source), before);
    rmSync(join(root, "filler"));
    await succeed(["-N", "-i", source, root]);
    assert.ok(existsSync(join(root, "images", SOURCE_FOLDER)));
  });
});

describe("A read-only file system", { concurrency: 2 }, () => {
  it("refuses to be published on, and can be shown", NEEDS_MOUNT, async (test) => {
    const { path: root, run } = await mountTmpfs(test, { sizeKib: 4096 });
    writeSampleTree(root);
    await succeed(["-N", root]);
    writeVersion(root, "debian/13/amd64/default/20240101");
    await run("mount -o remount,ro .");
    const before = documentsOf(root);
    const { status, stdout, stderr } = await simplestreams(["-N", root]);
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /^error: Cannot [^\n]*read-only[^\n]*\n$/);
    assert.deepEqual(documentsOf(root), before);
    assert.ok((await succeed([root])).includes("debian:13:amd64:default"));
  });

  for (const path of ["streams/v1", "streams"]) {
    it(`leaves the documents whole when it is ${path} alone`, NEEDS_MOUNT, async (test) => {
      const { path: root, run } = await mountTmpfs(test, { sizeKib: 4096 });
      writeSampleTree(root);
      await succeed(["-N", root]);
      const before = documentsOf(root);
      writeVersion(root, "debian/13/amd64/default/20240101");
      await run(`mount --bind ${path} ${path}`);
      await run(`mount -o remount,bind,ro ${path}`);
      const { status, stderr } = await simplestreams(["-N", root]);
      assert.equal(status, 1);
      assert.match(stderr, /^error: Cannot [^\n]*streams\/v1[^\n]*read-only/m);
      assert.deepEqual(documentsOf(root), before);
      await run(`umount ${path}`);
      await succeed(["-N", root]);
      await assertDigestsHold(root);
    });
  }

  it(
    "is a finding where it is images/ alone, and the documents are published",
    NEEDS_MOUNT,
    async (test) => {
      const { path: root, run } = await mountTmpfs(test, { sizeKib: 4096 });
      writeSampleTree(root);
      const before = listTree(join(root, "images"));
      await run("mount --bind images images");
      await run("mount -o remount,bind,ro images");
      const { status, stderr } = await simplestreams(["-N", root]);
      assert.equal(status, 0, stderr);
      assert.equal(stderr.match(/^warning: /gm)?.length, 1, "one for all of its versions");
      assert.match(stderr, /\.items\.json: [^\n]*read-only/);
      assert.deepEqual(listTree(join(root, "images")), before);
      await assertDigestsHold(root);
      const again = await simplestreams(["-N", root]);
      assert.equal(again.status, 0);
      assert.equal(readDocument(root), await succeed([root]));
    },
  );

  it("is refused as the source of an import before anything is done", NEEDS_MOUNT, async (test) => {
    const { path: source, run } = await mountTmpfs(test, { sizeKib: 4096 });
    await writeSource(source);
    const root = makeTempDirectory(test);
    await run("mount -o remount,ro .");
    const { status, stderr } = await simplestreams(["-N", "-i", source, root]);
    assert.equal(status, 1);
    assert.ok(stderr.startsWith(`error: Cannot import "${source}": `), stderr);
    assert.deepEqual(readdirSync(root).filter((name) => name !== ".simplestreams"), []);
  });

  it(
    "is refused as the target of an import, with the source untouched",
    NEEDS_MOUNT,
    async (test) => {
      const { path: root, run } = await mountTmpfs(test, { sizeKib: 4096 });
      const source = makeTempDirectory(test);
      await writeSource(source);
      const before = listTree(source);
      await run("mount -o remount,ro .");
      const { status, stderr } = await simplestreams(["-N", "-i", source, root]);
      assert.equal(status, 1);
      assert.match(stderr, /^error: Cannot [^\n]*read-only/);
      assert.deepEqual(listTree(source), before);
    },
  );
});

describe("An import across file systems", () => {
  it("copies the files with their times, and removes the old ones", NEEDS_MOUNT, async (test) => {
    const { path: root } = await mountTmpfs(test, { sizeKib: 16 * 1024 });
    const source = makeTempDirectory(test);
    const content = Buffer.alloc(5_000_000, "squashfs ");
    await writeSource(source, { roots: { "rootfs.squashfs": content } });
    const { mtimeMs } = statSync(join(source, "rootfs.squashfs"));
    await succeed(["-N", "-i", source, root]);
    const target = join(root, "images", SOURCE_FOLDER, "root.squashfs");
    assert.ok(readFileSync(target).equals(content));
    assert.equal(statSync(target).mtimeMs, mtimeMs);
    assert.equal(statSync(target).nlink, 1);
    assert.deepEqual(readdirSync(source), []);
    await succeed(["-N", "--strict", root]);
    assert.ok(existsSync(join(root, IMAGES)));
    await assertDigestsHold(root);
  });
});

import assert from "node:assert/strict";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { run, simplestreams, succeed } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import {
  assertDigestsHold,
  assertFilesExist,
  itemsOf,
  listTree,
  readProducts,
  sha256sum,
  SOURCE_FOLDER,
  type SourceSpec,
  writeFiles,
  writeSource,
  writeVersion,
} from "../support/trees.ts";

const FOLDER = join("images", SOURCE_FOLDER);
const SETTINGS = join(FOLDER, "..", "image.yaml");

/** A root, and a directory with an image's files under names that say nothing. */
async function makePlaces(test: TestContext, spec: SourceSpec = {}) {
  const [root, source] = [makeTempDirectory(test), makeTempDirectory(test)];
  await writeSource(source, { metadata: "one", roots: { two: `hsqs of ${source}\n` }, ...spec });
  return { root, source, one: join(source, "one"), two: join(source, "two") };
}

describe("simplestreams add", { concurrency: 2 }, () => {
  it("shows without -N what it would do, in words that a shell does", async (test) => {
    const { root, one, two } = await makePlaces(test);
    const before = listTree(root);
    const stdout = await succeed(["add", two, one, root, "--alias", "web"]);
    const target = join(root, FOLDER);
    assert.deepEqual(stdout.split("\n"), [
      `mkdir ${target}`,
      `cp ${one} ${target}/incus.tar.xz`,
      `cp ${two} ${target}/root.squashfs`,
      `# aliases in ${join(root, SETTINGS)}: web`,
      "",
    ]);
    const moved = await succeed(["add", "--move", one, two, root]);
    assert.deepEqual(moved.match(/^mv /gm)?.length, 2);
    assert.deepEqual(listTree(root), before);
  });

  it("copies a split image and publishes it at once", async (test) => {
    const { root, source, one, two } = await makePlaces(test);
    const before = listTree(source);
    const stdout = await succeed(["add", "-N", "--strict", two, one, root]);
    assert.deepEqual(listTree(source), before);
    await assertDigestsHold(root);
    const items = itemsOf(readProducts(root), SOURCE_FOLDER);
    const fingerprint = await sha256sum(one, two);
    assert.equal(items["incus.tar.xz"]?.combined_squashfs_sha256, fingerprint);
    assert.equal(
      stdout,
      "added debian:12:amd64:default@20240102_03:04, container\n" +
        `  fingerprint ${fingerprint}\n  aliases debian/12/default, debian/12\n`,
    );
    assert.equal(lstatSync(join(root, FOLDER, "root.squashfs")).ino === lstatSync(two).ino, false);
    assert.ok(!existsSync(join(root, ".simplestreams/import")), "its note is gone");
  });

  it("moves the very files", async (test) => {
    const { root, source, one, two } = await makePlaces(test);
    const { ino } = lstatSync(two);
    await succeed(["add", "-N", "--move", "--quiet", one, two, root]);
    assert.deepEqual(readdirSync(source), []);
    const { ino: now, nlink } = lstatSync(join(root, FOLDER, "root.squashfs"));
    assert.deepEqual([now, nlink], [ino, 1]);
    await assertDigestsHold(root);
  });

  it("prints one JSON object, the same fields with -N and without", async (test) => {
    const { root, one, two } = await makePlaces(test);
    const args = ["add", "--json", one, two, root, "--alias", "web"];
    const planned = JSON.parse(await succeed(args));
    const added = JSON.parse(await succeed([...args, "-N"]));
    assert.deepEqual(Object.keys(added), Object.keys(planned));
    const { images, ...rest } = added;
    assert.deepEqual(rest, {
      command: "add",
      root,
      written: true,
      product: "debian:12:amd64:default",
      version: "20240102_03:04",
      type: "container",
      folder: FOLDER,
      move: false,
      moves: [{ from: one, to: "incus.tar.xz" }, { from: two, to: "root.squashfs" }],
      resumed: false,
      aliases: ["web"],
      findings: [],
    });
    assert.deepEqual(images.map((image: { fingerprint: string }) => image.fingerprint), [
      await sha256sum(one, two),
    ]);
    assert.deepEqual(planned, { ...rest, written: false, images: [] });
  });

  for (const [packing, option] of [["xz", "-J"], ["gzip", "-z"], ["zstd", "--zstd"]] as const) {
    it(`knows a root tarball and a unified image that ${packing} packed`, async (test) => {
      const { root, source, one } = await makePlaces(test);
      writeFiles(source, { "a/bin/sh": packing, "b/rootfs/bin/sh": packing });
      await run(["tar", "-C", join(source, "b"), "-xf", one]);
      const [rootfs, unified] = [join(source, "lxd"), join(source, "lxd-image")];
      await run(["tar", "-C", join(source, "a"), option, "-cf", rootfs, "."]);
      // As distrobuilder has it: metadata.yaml behind the root
      const members = ["rootfs", "metadata.yaml"];
      await run(["tar", "-C", join(source, "b"), option, "-cf", unified, ...members]);
      await succeed(["add", "-N", rootfs, one, root]);
      assert.deepEqual(visible(join(root, FOLDER)), ["incus.tar.xz", "root.tar.xz"]);
      await succeed(["add", "-N", unified, root, "--variant", "whole"]);
      const folder = join(root, FOLDER.replace("default", "whole"));
      assert.deepEqual(visible(folder), ["lxd_combined.tar.gz"]);
      assert.equal(await sha256sum(join(folder, "lxd_combined.tar.gz")), await sha256sum(unified));
    });
  }

  it("takes a real squashfs and a real qcow2 of one metadata file for two images", async (test) => {
    const { root, source, one } = await makePlaces(test);
    writeFiles(source, { "a/bin/sh": "" });
    const squashfs = join(source, "fs");
    await run(["mksquashfs", join(source, "a"), squashfs, "-quiet", "-no-progress"]);
    // A qcow2 header of version 3 without a backing file, as qemu-img makes it
    const disk = join(source, "vm");
    writeFileSync(disk, Buffer.concat([Buffer.from("514649fb00000003", "hex"), Buffer.alloc(504)]));
    await succeed(["add", "-N", one, squashfs, root]);
    const { type } = JSON.parse(
      await succeed(["add", "-N", "--json", disk, one, root, "--variant", "vm"]),
    );
    assert.equal(type, "virtual-machine");
    await assertDigestsHold(root);
    const items = itemsOf(readProducts(root), SOURCE_FOLDER.replace("default", "vm"));
    assert.equal(items["disk.qcow2"]?.ftype, "disk-kvm.img");
  });

  it("puts an image where it is told to, and tells of the difference", async (test) => {
    const { root, one, two } = await makePlaces(test);
    const names = ["--os", "Mine", "--release", "1", "--variant", "a b", "--arch", "aarch64"];
    const { status, stderr } = await simplestreams([
      "add",
      "-N",
      "--strict",
      one,
      two,
      root,
      ...names,
    ]);
    assert.equal(status, 3);
    assert.equal(
      stderr.match(/^warning: [^\n]*one: its (os|release|arch|variant) is "/gm)?.length,
      4,
    );
    assert.ok(existsSync(join(root, "images/Mine/1/arm64/a b/20240102_03:04/root.squashfs")));
    await assertDigestsHold(root);
  });

  it("adds an alias to the product's settings, and keeps the rest of them", async (test) => {
    const { root, one, two } = await makePlaces(test);
    const text = "# ours\nrelease_title: '12' # quoted\naliases:\n- stable # now\n";
    writeFiles(root, { [SETTINGS]: text });
    await succeed(["add", "-N", one, two, root, "--alias", "web", "--alias", "stable"]);
    assert.equal(
      readFileSync(join(root, SETTINGS), "utf8"),
      "# ours\nrelease_title: '12' # quoted\naliases:\n  - stable # now\n  - web\n",
    );
    assert.deepEqual(
      readdirSync(join(root, SETTINGS, "..")).sort(),
      ["20240102_03:04", "image.yaml"],
    );
  });

  it("takes the current directory for the root", async (test) => {
    const { root, one, two } = await makePlaces(test);
    await succeed(["add", "-N", one, two], { directory: root });
    assert.deepEqual(visible(join(root, FOLDER)), ["incus.tar.xz", "root.squashfs"]);
  });
});

describe("simplestreams add refuses, and changes nothing,", { concurrency: 2 }, () => {
  async function assertRefused(
    places: { readonly root: string; readonly source: string },
    operands: readonly string[],
    message: RegExp,
  ): Promise<void> {
    const before = [listTree(places.source), visible(places.root)];
    for (const options of [[], ["-N"], ["-N", "--move"]]) {
      const { status, stdout, stderr } = await simplestreams(["add", ...options, ...operands]);
      assert.equal(status, 1, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, /^error: Cannot [^\n]*\n$/);
      assert.match(stderr, message);
      assert.deepEqual([listTree(places.source), visible(places.root)], before);
    }
  }

  it("a version that is there", async (test) => {
    const places = await makePlaces(test);
    writeFiles(places.root, { [join(FOLDER, "x")]: "" });
    const { root, one, two } = places;
    await assertRefused(
      places,
      [one, two, root],
      /is there already, expected a version that is new/,
    );
  });

  it("the tree's own files", async (test) => {
    const places = await makePlaces(test);
    const { root, one, two } = places;
    await succeed(["add", "-N", one, two, root]);
    const own = ["incus.tar.xz", "root.squashfs"].map((name) => join(root, FOLDER, name));
    await assertRefused(places, [...own, root], /is there already/);
  });

  it("a version that was taken out, while its files are there", async (test) => {
    const places = await makePlaces(test);
    const { root, one, two } = places;
    await succeed(["add", "-N", one, two, root]);
    const id = SOURCE_FOLDER.split("/").slice(0, 4).join(":");
    await succeed(["remove", "-N", "--allow-empty", id, root]);
    await assertRefused(
      places,
      [one, two, root],
      /it was taken out, .* touch the folder and index/,
    );
    await succeed(["prune", "-N", "--allow-empty", "--grace", "0s", root]);
    await succeed(["add", "-N", one, two, root]);
    await assertDigestsHold(root);
  });

  it("to move what is published, or has just been", async (test) => {
    const { root, one, two } = await makePlaces(test);
    await succeed(["add", "-N", one, two, root]);
    writeVersion(root, "debian/12/amd64/default/20240101");
    await succeed(["-N", root]);
    const own = ["incus.tar.xz", "root.squashfs"].map((name) => join(root, FOLDER, name));
    const link = join(root, "images/debian/bookworm");
    symlinkSync("12", link);
    const linked = own.map((path) => path.replace("debian/12/", "debian/bookworm/"));
    const move = ["add", "-N", "--move", "--variant", "cloud"];
    for (const files of [own, linked]) {
      const { status, stderr } = await simplestreams([...move, ...files, root]);
      assert.equal(status, 1);
      assert.match(stderr, /^error: Cannot move [^\n]*: a document names it, [^\n]*is copied\n$/);
    }
    const id = SOURCE_FOLDER.split("/").slice(0, 4).join(":");
    await succeed(["remove", "-N", `${id}@20240102_03:04`, root]);
    const { status, stderr } = await simplestreams([...move, ...own, root]);
    assert.equal(status, 1);
    assert.match(stderr, /^error: Cannot move [^\n]*: it has just left the documents/);
    await succeed(["add", "-N", "--variant", "cloud", ...own, root]);
    assertFilesExist(root);
  });

  it("what is no image, or half of one", async (test) => {
    const places = await makePlaces(test);
    const { root, source, one, two } = places;
    writeFileSync(join(source, "raw"), Buffer.concat([Buffer.alloc(510), Buffer.of(0x55, 0xaa)]));
    writeFileSync(join(source, "cut"), readFileSync(one).subarray(0, 100));
    const file = (name: string) => join(source, name);
    await assertRefused(places, [one, file("raw"), root], /a raw disk .*qemu-img convert -O qcow2/);
    await assertRefused(places, [file("cut"), two, root], /Cannot look into archive .*cut short/);
    await assertRefused(places, [one, root], /metadata without a root/);
    await assertRefused(places, [two, root], /a root without metadata/);
    await assertRefused(places, [one, one, root], /both are metadata/);
    await assertRefused(places, [two, two, root], /both are roots/);
    await assertRefused(places, [one, two, one, root], /Cannot add 3 files at once/);
    await assertRefused(places, [root], /Cannot add 0 files at once/);
    await assertRefused(places, [one, file("none"), root], /none": there is no such file/);
    await assertRefused(places, [one, two, root, source], /two directories/);
    await assertRefused(places, [one, two, root, "--os", "../x"], /Cannot use os "\.\.\/x"/);
    await assertRefused(places, [one, two, root, "--alias", "a:b"], /Cannot use alias "a:b"/);
  });

  it("a pipe, without waiting for somebody to write", async (test) => {
    const places = await makePlaces(test);
    await run(["mkfifo", join(places.source, "pipe")]);
    const operands = [places.one, join(places.source, "pipe"), places.root];
    await assertRefused(places, operands, /it is a other|it is a/);
  });

  it("settings that cannot take an alias", async (test) => {
    const places = await makePlaces(test);
    writeFiles(places.root, { [SETTINGS]: "a: 1\naliases: web\n" });
    const operands = [places.one, places.two, places.root, "--alias", "x"];
    await assertRefused(
      places,
      operands,
      /image\.yaml" at line 2, column 10: found "web", expected a list/,
    );
  });

  it("a root that is there no more than a file is", async (test) => {
    const { source, one, two, root: directory } = await makePlaces(test);
    const operands = [one, two, join(source, "none")];
    const { status, stderr } = await simplestreams(["add", "-N", ...operands], { directory });
    assert.equal(status, 1);
    assert.match(stderr, /none": there is no such file/);
    assert.deepEqual(readdirSync(directory), [], "no lock is left in the current directory");
    mkdirSync(join(source, "none"));
    await succeed(["add", one, two, join(source, "none")]);
    assert.deepEqual(readdirSync(join(source, "none")), []);
  });
});

function visible(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => !name.split("/").some((part) => part.startsWith("."))).sort();
}

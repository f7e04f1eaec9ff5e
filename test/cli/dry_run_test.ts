import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { run, simplestreams, succeed } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import {
  assertDigestsHold,
  listTree,
  readDocument,
  SOURCE_FOLDER,
  writeFiles,
  writeSampleTree,
  writeSource,
  writeVersion,
} from "../support/trees.ts";

describe("simplestreams ROOT", { concurrency: 2 }, () => {
  it("prints byte for byte what -N then writes, and that holds", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    const shown = await succeed([root]);
    await succeed(["-N", root]);
    assert.equal(readDocument(root), shown);
    await assertDigestsHold(root);
    assert.equal(await succeed([root]), shown, "with everything cached");
  });

  it("prints the same for a tree that another run has published before a change", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    await succeed(["-N", root]);
    writeVersion(root, "debian/13/amd64/default/20240201");
    const shown = await succeed([root]);
    await succeed(["-N", root]);
    assert.equal(readDocument(root), shown);
  });

  it("writes nothing at all in a tree without documents", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    const before = listTree(root);
    await succeed([root]);
    assert.deepEqual(listTree(root), before);
    assert.ok(!existsSync(join(root, ".simplestreams")));
  });

  it("writes nothing at all in a published tree that has changed, in any of its forms", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    await succeed(["-N", root]);
    writeVersion(root, "debian/13/amd64/default/20240201");
    writeVersion(root, "debian/12/amd64/default/20240101_00:00", {
      "root.tar.xz": "replaced",
      ".items.json": "{ garbage",
    });
    const before = listTree(root);
    for (const options of [[], ["--json"], ["--rehash"], ["--strict"], ["--quiet"]]) {
      await succeed([...options, root]);
      assert.deepEqual(listTree(root), before, options.join(" "));
    }
  });

  it("sums up on stderr in one line", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    const { stderr } = await simplestreams([root]);
    assert.match(stderr, /^simplestreams: 3 products, 4 versions, .*nothing written\n$/);
  });

  it("says how to get an image where there is none", async (test) => {
    const root = makeTempDirectory(test);
    const { stderr } = await simplestreams([root]);
    assert.match(stderr, /^simplestreams: no image is there yet; simplestreams -N -i SRCDIR /m);
    assert.doesNotMatch((await simplestreams(["--quiet", root])).stderr, /no image/);
  });
});

describe("simplestreams -i SRC ROOT", { concurrency: 2 }, () => {
  it("prints the mkdir and mv lines, and changes nothing", async (test) => {
    const [root, source] = [makeTempDirectory(test), makeTempDirectory(test)];
    const roots = { "rootfs.squashfs": "squashfs", "disk.qcow2": "disk", "notes.txt": "no image" };
    await writeSource(source, { roots });
    const before = [listTree(root), listTree(source)];
    const { status, stdout } = await simplestreams(["-i", source, root]);
    assert.equal(status, 0);
    const target = `${root}/images/${SOURCE_FOLDER}`;
    assert.ok(stdout.endsWith("\n"));
    const [first, ...lines] = stdout.slice(0, -1).split("\n");
    assert.equal(first, `mkdir ${target}`);
    assert.deepEqual(lines.sort(), [
      `mv ${source}/disk.qcow2 ${target}/disk.qcow2`,
      `mv ${source}/incus.tar.xz ${target}/incus.tar.xz`,
      `mv ${source}/rootfs.squashfs ${target}/root.squashfs`,
    ]);
    assert.deepEqual([listTree(root), listTree(source)], before);
  });

  it("prints lines that a shell reads as they are meant", async (test) => {
    const parent = makeTempDirectory(test);
    const [root, source] = [join(parent, "it's a root"), join(parent, "$(so) rce")];
    mkdirSync(root);
    await writeSource(source, { fields: { os: "Bé an" } });
    const lines = await succeed(["-i", source, root]);
    await run(["sh", "-ec", lines.replace(/^mkdir/, "mkdir -p")]);
    const target = join(root, "images/Bé an/12/amd64/default/20240102_03:04");
    assert.match(readFileSync(join(target, "root.squashfs"), "utf8"), /^squashfs of /);
  });

  it("says what -N then does", async (test) => {
    const [root, source] = [makeTempDirectory(test), makeTempDirectory(test)];
    await writeSource(source);
    const planned = await succeed(["-i", source, root]);
    const lines = planned.split("\n").filter((line) => line.startsWith("mv "));
    const contents = lines.map((line) => readFileSync(line.split(" ")[1] ?? "", "utf8"));
    const { status, stdout, stderr } = await simplestreams(["-N", "-i", source, root]);
    assert.equal(status, 0);
    assert.equal(stdout, "");
    assert.equal(stderr, `simplestreams: imported ${root}/images/${SOURCE_FOLDER}\n`);
    lines.forEach((line, index) => {
      const [, from = "", to = ""] = line.split(" ");
      assert.ok(!existsSync(from), from);
      assert.equal(readFileSync(to, "utf8"), contents[index]);
    });
  });

  it("takes a directory called images for the images folder of the one above", async (test) => {
    const [parent, source] = [makeTempDirectory(test), makeTempDirectory(test)];
    mkdirSync(join(parent, "images"));
    await writeSource(source);
    await succeed(["-N", "-i", source, join(parent, "images")]);
    assert.ok(existsSync(join(parent, "images", SOURCE_FOLDER, "incus.tar.xz")));
    assert.ok(!existsSync(join(parent, "images/images")));
  });

  it("leaves what is no part of the image where it is", async (test) => {
    const [root, source] = [makeTempDirectory(test), makeTempDirectory(test)];
    await writeSource(source);
    writeFiles(source, { "notes.txt": "mine", "sub/incus.tar.xz": "deeper" });
    await succeed(["-N", "-i", source, root]);
    writeFileSync(join(source, "after"), "");
    assert.deepEqual(
      listTree(source).map((line) => line.split(" ")[0]),
      ["", "after", "notes.txt", "sub", "sub/incus.tar.xz"],
    );
  });
});

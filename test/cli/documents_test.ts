import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { simplestreams, succeed, throughShell } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import {
  assertDigestsHold,
  assertFilesExist,
  IMAGES,
  INDEX,
  listTree,
  readDocument,
  readProducts,
  writeSampleTree,
  writeVersion,
} from "../support/trees.ts";

const DOCUMENTS = [IMAGES, INDEX];
const NOT_ROOT = process.getuid?.() === 0 ? false : "only root may give files away";

function modeOf(path: string): string {
  return (statSync(path).mode & 0o7777).toString(8);
}

describe("simplestreams -N", { concurrency: 2 }, () => {
  it("publishes documents that hold, whatever else the tree has in it", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    writeVersion(root, "debian/12/amd64/default/.20240107_00:00");
    writeVersion(root, ".hidden/12/amd64/default/20240107_00:00");
    writeVersion(root, "debian/12/amd64/default/20240107_00:00/deeper");
    symlinkSync("nowhere", join(root, "images/debian/12/amd64/dangling"));
    symlinkSync(".", join(root, "images/debian/circle"));
    writeFileSync(join(root, "images/README"), "");
    await simplestreams(["-N", root]);
    await assertDigestsHold(root);
    const names = Object.keys(readProducts(root).products);
    assert.deepEqual(names.filter((name) => name.includes("hidden")), []);
    const versions = readProducts(root).products["debian:12:amd64:default"]?.versions ?? {};
    assert.deepEqual(Object.keys(versions), ["20240101_00:00", "20240102_00:00"]);
  });

  it("makes documents and folders that a web server can read, under any umask", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    await succeed(["-N", root], { through: throughShell('umask 077; exec "$@"') });
    for (const path of DOCUMENTS) assert.equal(modeOf(join(root, path)), "644", path);
    for (const path of ["streams", "streams/v1"]) {
      assert.equal(modeOf(join(root, path)), "755", path);
    }
  });

  it("keeps the mode of the documents", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    await succeed(["-N", root]);
    for (const path of DOCUMENTS) chmodSync(join(root, path), 0o640);
    writeVersion(root, "debian/13/amd64/default/20240101");
    await succeed(["-N", root]);
    assertFilesExist(root);
    for (const path of DOCUMENTS) assert.equal(modeOf(join(root, path)), "640", path);
  });

  it("keeps the owner of the documents", { skip: NOT_ROOT }, async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    await succeed(["-N", root]);
    for (const path of DOCUMENTS) chownSync(join(root, path), 1234, 5678);
    writeVersion(root, "debian/13/amd64/default/20240101");
    await succeed(["-N", root]);
    for (const path of DOCUMENTS) {
      const { uid, gid } = statSync(join(root, path));
      assert.deepEqual([uid, gid], [1234, 5678], path);
    }
  });

  it("does not touch documents whose bytes are right", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    await succeed(["-N", root]);
    const before = listTree(join(root, "streams"));
    await succeed(["-N", root]);
    await succeed(["-N", "--rehash", root]);
    rmSync(join(root, ".simplestreams"), { recursive: true });
    await succeed(["-N", root]);
    assert.deepEqual(listTree(join(root, "streams")), before);
  });

  for (const path of DOCUMENTS) {
    it(`puts ${path} right when it was changed by hand`, async (test) => {
      const root = makeTempDirectory(test);
      writeSampleTree(root);
      await succeed(["-N", root]);
      const right = readDocument(root, path);
      for (const wrong of ["", "{}", right.replace("12", "13"), `${right} `]) {
        writeFileSync(join(root, path), wrong);
        await succeed(["-N", "--allow-empty", root]);
        assert.equal(readDocument(root, path), right);
      }
      rmSync(join(root, path));
      await succeed(["-N", root]);
      assert.equal(readDocument(root, path), right);
    });
  }

  it("removes what a killed run left beside the documents", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    await succeed(["-N", root]);
    for (const path of DOCUMENTS) {
      writeFileSync(join(root, path.replace(/([^/]*)$/, ".$1.new")), "half a docu");
    }
    writeVersion(root, "debian/13/amd64/default/20240101");
    await succeed(["-N", root]);
    assert.deepEqual(readdirSync(join(root, "streams/v1")).sort(), ["images.json", "index.json"]);
    assertFilesExist(root);
  });

  it("does not write through a link in the place of a document's temporary file", async (test) => {
    const [root, elsewhere] = [makeTempDirectory(test), makeTempDirectory(test)];
    writeSampleTree(root);
    mkdirSync(join(root, "streams/v1"), { recursive: true });
    writeFileSync(join(elsewhere, "precious"), "precious");
    symlinkSync(join(elsewhere, "precious"), join(root, "streams/v1/.images.json.new"));
    await succeed(["-N", root]);
    assert.equal(readFileSync(join(elsewhere, "precious"), "utf8"), "precious");
    assertFilesExist(root);
  });
});

describe("A root", { concurrency: 2 }, () => {
  for (const options of [[], ["-N"]]) {
    const call = ["simplestreams", ...options].join(" ");

    it(`that is missing is an error for ${call}, and is not made`, async (test) => {
      const root = join(makeTempDirectory(test), "missing");
      const { status, stdout, stderr } = await simplestreams([...options, root]);
      assert.equal(status, 1);
      assert.equal(stdout, "");
      assert.equal(
        stderr,
        `error: Cannot use "${root}": there is no such directory, ` +
          "expected the directory that is served, with images/ in it\n",
      );
      assert.ok(!existsSync(root));
    });

    it(`that is a file is an error for ${call}`, async (test) => {
      const root = join(makeTempDirectory(test), "file");
      writeFileSync(root, "");
      const { status, stderr } = await simplestreams([...options, root]);
      assert.equal(status, 1);
      assert.match(stderr, /^error: Cannot use "[^"]*": it is a file, expected/);
    });
  }

  it("without images/ gives an empty document and a finding", async (test) => {
    const root = makeTempDirectory(test);
    const { status, stderr } = await simplestreams(["-N", root]);
    assert.equal(status, 0);
    assert.match(stderr, /^warning: images: /);
    assert.deepEqual(readProducts(root).products, {});
    assertFilesExist(root);
    assert.equal((await simplestreams(["-N", "--strict", root])).status, 3);
  });

  for (const state of ["images/ is empty", "images/ is missing"]) {
    it(`does not lose its products when ${state}, without --allow-empty`, async (test) => {
      const root = makeTempDirectory(test);
      writeSampleTree(root);
      await succeed(["-N", root]);
      const before = listTree(join(root, "streams"));
      renameSync(join(root, "images"), join(root, ".images"));
      if (state === "images/ is empty") mkdirSync(join(root, "images"));
      const { status, stdout, stderr } = await simplestreams(["-N", root]);
      assert.equal(status, 1);
      assert.equal(stdout, "");
      assert.match(stderr, /^error: Cannot replace .*\b3\b.*--allow-empty/m);
      assert.deepEqual(listTree(join(root, "streams")), before);
      assert.equal(JSON.parse(await succeed([root])).products.constructor, Object);
      await succeed(["-N", "--allow-empty", root]);
      assert.deepEqual(readProducts(root).products, {});
      await succeed(["-N", root]);
    });
  }
});

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, lchownSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { COMMAND, type Finished, simplestreams, succeed } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import {
  assertFilesExist,
  IMAGES,
  INDEX,
  listTree,
  readDocument,
  readProducts,
  SOURCE_FOLDER,
  writeSampleTree,
  writeSource,
  writeVersion,
} from "../support/trees.ts";

const NOBODY = 65534;

/** Permissions do not bind root, so root runs the program as nobody. */
const THROUGH: readonly string[] = process.getuid?.() === 0
  ? [
    "setpriv",
    `--reuid=${NOBODY}`,
    `--regid=${NOBODY}`,
    "--clear-groups",
    "env",
    "HOME=/nonexistent",
  ]
  : [];

const SKIP = whyNobodyCannot();

function whyNobodyCannot(): string | false {
  const [program = "", ...args] = [...THROUGH, ...COMMAND, "--version"];
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  // Deno would tell of the packages that it fetches
  return status === 0 && stderr === ""
    ? false
    : `nobody cannot run ${COMMAND.join(" ")} here: ${stderr}`;
}

function asNobody(args: readonly string[]): Promise<Finished> {
  return simplestreams(args, { through: THROUGH });
}

/** Gives a tree to nobody, where it is root who runs the tests. */
function give(directory: string): void {
  if (THROUGH.length === 0) return;
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  for (const name of ["", ...names]) lchownSync(join(directory, name), NOBODY, NOBODY);
}

describe("A run without the permission", { concurrency: 2, skip: SKIP }, () => {
  it("to remove a version's files goes on with all the rest, and tries again later", {
    skip: THROUGH.length === 0 ? "needs root, to give files away" : false,
  }, async (test) => {
    const root = makeTempDirectory(test);
    const folder = join(root, "images/debian/12/amd64/default");
    for (let day = 1; day <= 4; day++) writeVersion(root, `debian/12/amd64/default/2024010${day}`);
    await succeed(["-N", root]);
    give(root);
    for (const name of ["", "incus.tar.xz"]) lchownSync(join(folder, "20240101", name), 0, 0);
    mkdirSync(join(root, "images/lost+found"), { mode: 0o700 });
    const words = ["prune", "-N", "--json", "--orphans", "--grace", "0s"];
    const names = () => readdirSync(folder).filter((name) => !name.startsWith("."));
    for (const [keep, left] of [["3", 4], ["2", 3], ["1", 2], ["1", 1]] as const) {
      const { status, stdout } = await asNobody([...words, "--keep", keep, root]);
      const isFirst = keep === "3";
      assert.equal(status, isFirst ? 0 : 1);
      const found = JSON.parse(stdout).findings.map((one: { code: string }) => one.code);
      assert.deepEqual(found, isFirst ? [] : ["WITHDRAWN_LEFT"]);
      assert.equal(names().length, left);
      assertFilesExist(root);
    }
    assert.equal((await asNobody(["-N", root])).status, 0);
    give(root);
    assert.equal((await asNobody([...words, root])).status, 0);
    assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith(".withdrawn")), []);
  });

  it("to read a version leaves it out, with a finding", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    const folder = writeVersion(root, "debian/12/amd64/default/20240201");
    give(root);
    chmodSync(folder, 0);
    const { status, stderr } = await asNobody(["-N", root]);
    chmodSync(folder, 0o755);
    assert.equal(status, 0, stderr);
    assert.match(stderr, /^warning: images\/debian\/12\/amd64\/default\/20240201: left out: /);
    assert.equal(stderr.match(/^warning: /gm)?.length, 1);
    assertFilesExist(root);
    assert.ok(!readDocument(root).includes("20240201"));
  });

  it("to read a file leaves its version out, with a finding, until it has it", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    const path = join(writeVersion(root, "debian/12/amd64/default/20240201"), "root.tar.xz");
    give(root);
    chmodSync(path, 0);
    const { status, stderr } = await asNobody(["-N", root]);
    assert.equal(status, 0, stderr);
    assert.match(
      stderr,
      /^warning: images[^\n]*20240201\/root\.tar\.xz: its version is left out: /,
    );
    assert.ok(!readDocument(root).includes("20240201"));
    assert.equal((await asNobody(["-N", "--strict", root])).status, 3, "again");
    chmodSync(path, 0o644);
    assert.equal((await asNobody(["-N", "--strict", root])).status, 0);
    assert.ok(readDocument(root).includes("20240201"));
  });

  it("to read a folder above the versions stops, for it would take images away", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    await succeed(["-N", root]);
    give(root);
    const before = readDocument(root);
    const folder = join(root, "images/ubuntu");
    chmodSync(folder, 0);
    const { status, stdout, stderr } = await asNobody(["-N", root]);
    chmodSync(folder, 0o755);
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /^error: Cannot [^\n]*images\/ubuntu[^\n]*permission denied[^\n]*\n$/);
    assert.equal(readDocument(root), before);
  });

  it("to read requirements stops", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    give(root);
    chmodSync(join(root, "images/debian/.requirements"), 0);
    const { status, stderr } = await asNobody([root]);
    assert.equal(status, 1);
    assert.match(stderr, /^error: Cannot [^\n]*debian\/\.requirements[^\n]*permission denied/);
  });

  it("to write in the documents' folder leaves them as they are", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    await succeed(["-N", root]);
    writeVersion(root, "debian/13/amd64/default/20240201");
    give(root);
    chmodSync(join(root, "streams/v1"), 0o555);
    const before = listTree(join(root, "streams"));
    const { status, stderr } = await asNobody(["-N", root]);
    assert.equal(status, 1);
    assert.match(stderr, /^error: Cannot [^\n]*streams\/v1[^\n]*permission denied/m);
    assert.deepEqual(listTree(join(root, "streams")), before);
  });

  it("to write anywhere in the root says so of the lock, and can show the document", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    give(root);
    chmodSync(root, 0o555);
    const { status, stdout, stderr } = await asNobody(["-N", root]);
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /^error: Cannot [^\n]*\.simplestreams[^\n]*permission denied[^\n]*\n$/);
    const shown = await asNobody([root]);
    assert.equal(shown.status, 0);
    assert.equal(Object.keys(JSON.parse(shown.stdout).products).length, 3);
  });

  it("to write into versions publishes without caches, with one finding", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    give(root);
    for (const name of readdirSync(join(root, "images"), { recursive: true, encoding: "utf8" })) {
      if (name.split("/").length === 5) chmodSync(join(root, "images", name), 0o555);
    }
    const { status, stderr } = await asNobody(["-N", root]);
    assert.equal(status, 0, stderr);
    assert.equal(
      stderr.match(/^warning: [^\n]*\.items\.json: [^\n]*permission denied/gm)?.length,
      1,
    );
    assert.equal(Object.keys(readProducts(root).products).length, 3);
  });

  it("to move files out of a source refuses to import before it does anything", async (test) => {
    const [root, source] = [makeTempDirectory(test), makeTempDirectory(test)];
    await writeSource(source);
    give(root);
    give(source);
    chmodSync(source, 0o555);
    const { status, stderr } = await asNobody(["-N", "-i", source, root]);
    assert.equal(status, 1);
    assert.ok(stderr.startsWith(`error: Cannot import "${source}": `), stderr);
    assert.equal(readdirSync(source).length, 2);
    assert.deepEqual(readdirSync(root).filter((name) => !name.startsWith(".")), []);
  });

  it("to write into a product's folder leaves the source of an import as it is", async (test) => {
    const [root, source] = [makeTempDirectory(test), makeTempDirectory(test)];
    await writeSource(source);
    const product = join(root, "images", SOURCE_FOLDER, "..");
    mkdirSync(product, { recursive: true });
    give(root);
    give(source);
    chmodSync(product, 0o555);
    const before = listTree(source);
    const { status, stderr } = await asNobody(["-N", "-i", source, root]);
    assert.equal(status, 1);
    assert.match(stderr, /^error: Cannot [^\n]*permission denied/);
    assert.deepEqual(listTree(source), before);
    assert.deepEqual(readdirSync(product), []);
  });

  it("to move files refuses to add by moving, and copies them without", async (test) => {
    const [root, source] = [makeTempDirectory(test), makeTempDirectory(test)];
    await writeSource(source, { roots: { fs: "hsqs\n" } });
    give(root);
    give(source);
    chmodSync(source, 0o555);
    const args = ["add", "-N", join(source, "incus.tar.xz"), join(source, "fs"), root];
    const moved = await asNobody([...args, "--move"]);
    assert.equal(moved.status, 1);
    assert.match(
      moved.stderr,
      /^error: Cannot move "[^\n]*its directory cannot be written to[^\n]*\n$/,
    );
    assert.deepEqual(readdirSync(root).filter((name) => !name.startsWith(".")), []);
    const copied = await asNobody(args);
    assert.equal(copied.status, 0, copied.stderr);
    assertFilesExist(root);
  });

  it("to read a file that is to be added names it", async (test) => {
    const [root, source] = [makeTempDirectory(test), makeTempDirectory(test)];
    await writeSource(source, { roots: { fs: "hsqs\n" } });
    give(root);
    give(source);
    chmodSync(join(source, "fs"), 0);
    const args = ["add", "-N", join(source, "incus.tar.xz"), join(source, "fs"), root];
    const { status, stderr } = await asNobody(args);
    assert.equal(status, 1);
    assert.match(stderr, /^error: Cannot read "[^\n]*\/fs": permission denied[^\n]*\n$/);
    assert.deepEqual(readdirSync(root).filter((name) => !name.startsWith(".")), []);
  });

  it(
    "to keep the owner of a document publishes all the same",
    { skip: THROUGH.length === 0 },
    async (test) => {
      const root = makeTempDirectory(test);
      writeSampleTree(root);
      await succeed(["-N", root]);
      give(root);
      for (const path of [IMAGES, INDEX]) {
        chownSync(join(root, path), 0, 0);
        chmodSync(join(root, path), 0o644);
      }
      rmSync(join(root, "images/ubuntu"), { recursive: true });
      const { status, stderr } = await asNobody(["-N", root]);
      assert.equal(status, 0, stderr);
      assertFilesExist(root);
      assert.ok(!readDocument(root).includes("ubuntu"));
    },
  );
});

import assert from "node:assert/strict";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { simplestreams, succeed } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import {
  INDEX,
  listTree,
  readDocument,
  SOURCE_FOLDER,
  writeSampleTree,
  writeSource,
} from "../support/trees.ts";

describe("simplestreams, by its spellings", { concurrency: 2 }, () => {
  const WRITING = [
    ["-N", "ROOT"],
    ["ROOT", "-N"],
    ["--write", "ROOT"],
    ["-N", "--", "ROOT"],
    ["-N", "ROOT/"],
    ["-N", "ROOT///"],
  ];
  for (const words of WRITING) {
    it(`publishes with ${words.join(" ")}`, async (test) => {
      const root = makeTempDirectory(test);
      writeSampleTree(root);
      await succeed(words.map((word) => word.replace("ROOT", root)));
      assert.ok(existsSync(join(root, INDEX)));
    });
  }

  const IMPORTING = [
    ["-N", "-i", "SRC", "ROOT"],
    ["-Ni", "SRC", "ROOT"],
    ["-NiSRC", "ROOT"],
    ["-iSRC", "-N", "ROOT"],
    ["ROOT", "-i", "SRC", "-N"],
    ["--write", "--import", "SRC", "ROOT"],
    ["--import=SRC", "--write", "ROOT"],
    ["-N", "-i", "SRC", "--", "ROOT"],
    ["-N", "-i", "SRC/", "ROOT/"],
  ];
  for (const words of IMPORTING) {
    it(`imports with ${words.join(" ")}`, async (test) => {
      const root = makeTempDirectory(test);
      const source = makeTempDirectory(test);
      await writeSource(source);
      await succeed(words.map((word) => word.replace("ROOT", root).replace("SRC", source)));
      assert.ok(existsSync(join(root, "images", SOURCE_FOLDER, "root.squashfs")));
      assert.ok(!existsSync(join(root, INDEX)), "an import alone publishes nothing");
    });
  }

  it("takes the working directory for rootdir", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    const shown = await succeed([], { directory: root });
    assert.equal(shown, await succeed([root]));
    await succeed(["-N"], { directory: root });
    assert.equal(readDocument(root), shown);
  });

  it("takes a directory behind -- that is called like an option", async (test) => {
    const parent = makeTempDirectory(test);
    writeSampleTree(join(parent, "-N"));
    await succeed(["--write", "--", "-N"], { directory: parent });
    assert.ok(existsSync(join(parent, "-N", INDEX)));
  });

  it("takes a root with any name, and through a symbolic link", async (test) => {
    const parent = makeTempDirectory(test);
    const name = "ro ot é\n'";
    writeSampleTree(join(parent, name));
    symlinkSync(name, join(parent, "link"));
    const shown = await succeed([name], { directory: parent });
    await succeed(["-N", "link"], { directory: parent });
    assert.equal(readDocument(join(parent, name)), shown);
  });
});

describe("simplestreams, used wrongly", { concurrency: 2 }, () => {
  const WRONG: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["an unknown option", ["-x"], /unknown option '-x'/],
    ["an unknown long option", ["--wright"], /unknown option '--wright'/],
    ["an unknown option in a cluster", ["-Nx"], /unknown option '-x'/],
    ["-i without its directory", ["-N", "-i"], /'-i, --import <srcdir>' argument missing/],
    ["a second positional", ["ROOT", "ROOT"], /too many arguments/],
    ["a second positional of an import", ["-i", "SRC", "ROOT", "ROOT"], /too many arguments/],
    ["--jobs 0", ["--jobs", "0"], /--jobs.*'0'/],
    ["--jobs many", ["--jobs", "many"], /--jobs.*'many'/],
    ["--jobs 1.5", ["--jobs", "1.5"], /--jobs.*'1\.5'/],
    ["--wait soon", ["--wait", "soon"], /--wait.*'soon'/],
    ["--wait -1", ["--wait=-1"], /--wait.*'-1'/],
  ];
  for (const [what, words, reason] of WRONG) {
    it(`says why and how for ${what}`, async (test) => {
      const root = makeTempDirectory(test);
      writeSampleTree(root);
      const before = listTree(root);
      const args = words.map((word) => word.replace("ROOT", root).replace("SRC", root));
      const { status, stdout, stderr } = await simplestreams(args, { directory: root });
      assert.equal(status, 1);
      assert.equal(stdout, "");
      assert.match(stderr, reason);
      assert.match(stderr, /usage: simplestreams \[-Nh\] \[-i srcdir\] \[rootdir\]/);
      assert.deepEqual(listTree(root), before);
    });
  }
});

describe("simplestreams, asked about itself", () => {
  for (const words of [["-h"], ["--help"], ["-Nh"], ["-N", "ROOT", "--help"]]) {
    it(`shows its usage on stdout with ${words.join(" ")}`, async (test) => {
      const directory = makeTempDirectory(test);
      const { status, stdout, stderr } = await simplestreams(words, { directory });
      assert.equal(status, 0);
      assert.equal(stderr, "");
      assert.match(stdout, /^Usage: simplestreams \[-Nh\] \[-i srcdir\] \[rootdir\]\n/);
      for (const option of ["-N, --write", "-i, --import", "--json", "--strict", "--rehash"]) {
        assert.ok(stdout.includes(option), option);
      }
      for (const option of ["--jobs", "--wait", "--allow-empty", "--quiet", "--version", "-h"]) {
        assert.ok(stdout.includes(option), option);
      }
      assert.match(
        stdout,
        /0 done; 1 wrong usage, [^]*\b3 done, with\s+findings[^]*\b4 another run/,
      );
      assert.deepEqual(listTree(directory).length, 1);
    });
  }

  it("has the version of its package", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    assert.equal(await succeed(["--version"]), `${version}\n`);
  });
});

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { simplestreams, succeed } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import {
  listTree,
  readProducts,
  writeFiles,
  writeSampleTree,
  writeVersion,
} from "../support/trees.ts";

describe("Requirements", { concurrency: 2 }, () => {
  it("are merged key by key over the four levels, the deeper wins, as strings", async (test) => {
    const root = makeTempDirectory(test);
    writeVersion(root, "debian/12/amd64/default/20240101");
    writeVersion(root, "debian/12/amd64/cloud/20240101");
    writeFiles(join(root, "images/debian"), {
      ".requirements": '{"cgroup": 1, "nesting": true, "privileged": "on", "cdrom_agent": "1"}',
      "12/.requirements": '{"cgroup": 2, "nesting": false}',
      "12/amd64/.requirements": '{"cgroup": "v3"}',
      "12/amd64/default/.requirements": '{"cdrom_agent": 0}',
    });
    await succeed(["-N", "--strict", root]);
    const { products } = readProducts(root);
    const shared = { cgroup: "v3", nesting: "false", privileged: "on" };
    const product = products["debian:12:amd64:default"];
    assert.deepEqual(product?.requirements, { ...shared, cdrom_agent: "0" });
    assert.deepEqual(product?.lxd_requirements, product?.requirements);
    const cloud = products["debian:12:amd64:cloud"];
    assert.deepEqual(cloud?.requirements, { ...shared, cdrom_agent: "1" });
  });

  it("are each client's own where a product has both kinds", async (test) => {
    const root = makeTempDirectory(test);
    writeVersion(root, "debian/12/amd64/default/20240101");
    writeVersion(root, "ubuntu/12/amd64/default/20240101");
    writeFiles(join(root, "images"), {
      "debian/.requirements": '{"nesting": "true"}',
      "debian/12/.lxd_requirements": '{"secureboot": "false"}',
      "ubuntu/12/.lxd_requirements": '{"secureboot": "false"}',
    });
    await succeed(["-N", root]);
    const { products } = readProducts(root);
    const [debian, ubuntu] = ["debian", "ubuntu"].map((os) => products[`${os}:12:amd64:default`]);
    assert.deepEqual(debian?.requirements, { nesting: "true" });
    assert.deepEqual(debian?.lxd_requirements, { secureboot: "false" });
    assert.deepEqual(ubuntu?.requirements, { secureboot: "false" });
    assert.deepEqual(ubuntu?.lxd_requirements, { secureboot: "false" });
  });

  it("that no client knows are published with a finding", async (test) => {
    const root = makeTempDirectory(test);
    writeVersion(root, "debian/12/amd64/default/20240101");
    writeFiles(root, { "images/debian/.requirements": '{"secure_boot": "false"}' });
    const { status, stderr } = await simplestreams(["-N", root]);
    assert.equal(status, 0);
    assert.match(stderr, /^warning: images\/debian\/\.requirements: .*did you mean "secureboot"\?/);
    const product = readProducts(root).products["debian:12:amd64:default"];
    assert.deepEqual(product?.requirements, { secure_boot: "false" });
  });

  it("are not read in a version's folder, which is a finding", async (test) => {
    const root = makeTempDirectory(test);
    const folder = "debian/12/amd64/default/20240101";
    writeVersion(root, folder);
    writeFiles(root, { [`images/${folder}/.requirements`]: '{"nesting": "true"}' });
    const { status, stdout, stderr } = await simplestreams([root]);
    assert.equal(status, 0);
    assert.ok(stderr.startsWith(`warning: images/${folder}/.requirements: `), stderr);
    assert.deepEqual(JSON.parse(stdout).products["debian:12:amd64:default"].requirements, {});
  });
});

describe("Bad requirements", { concurrency: 2 }, () => {
  const BAD: readonly (readonly [string, string, number, number])[] = [
    ["a list", '{"nesting": ["true"]}', 1, 13],
    ["an object", '{\n  "nesting": {}\n}', 2, 14],
    ["null", '{"cgroup": "1", "nesting": null}', 1, 28],
    ["a fraction", '{"cgroup": 1.5}', 1, 12],
    ["an exponent", '{"cgroup": 1e3}', 1, 12],
    ["bad JSON", '{"nesting": "true",\n}', 2, 1],
    ["a word", '{"nesting": yes}', 1, 13],
    ["a list at the top", '\n\n  ["nesting"]', 3, 3],
    ["a string at the top", '"nesting"', 1, 1],
    ["rubbish after the end", '{"nesting": "true"} x', 1, 21],
    ["a cut end", '{"nesting": "tr', 1, 13],
  ];
  for (const [what, text, line, column] of BAD) {
    it(`stop a run at ${what}, by file, line and column`, async (test) => {
      const root = makeTempDirectory(test);
      writeSampleTree(root);
      writeFiles(root, { "images/debian/12/.requirements": text });
      const { status, stdout, stderr } = await simplestreams([root]);
      assert.equal(status, 1);
      assert.equal(stdout, "");
      assert.match(stderr, /^error: [^\n]*"images\/debian\/12\/\.requirements"[^\n]*\n$/);
      assert.ok(stderr.includes(`line ${line}, column ${column}:`), stderr);
    });
  }

  for (const [what, text] of [["an empty file", ""], ["a file of blanks", " \n "]]) {
    it(`stop a run at ${what}`, async (test) => {
      const root = makeTempDirectory(test);
      writeSampleTree(root);
      writeFiles(root, { "images/debian/12/.requirements": text ?? "" });
      const { status, stderr } = await simplestreams([root]);
      assert.equal(status, 1);
      assert.match(stderr, /images\/debian\/12\/\.requirements/);
    });
  }

  it("are all named in one run, and nothing is written", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    await succeed(["-N", root]);
    writeVersion(root, "debian/13/amd64/default/20240101");
    writeFiles(join(root, "images"), {
      "debian/.requirements": "{",
      "debian/12/.lxd_requirements": '{"nesting": null}',
      "debian/12/amd64/.requirements": "[]",
      "ubuntu/24.04/arm64/default/.requirements": '{"a": 0.5}',
      "ubuntu/.requirements": '{"nesting": "true"}',
    });
    const before = listTree(root).filter((line) => !line.startsWith(".simplestreams"));
    const { status, stdout, stderr } = await simplestreams(["-N", root]);
    assert.equal(status, 1);
    assert.equal(stdout, "");
    const lines = stderr.split("\n").slice(0, -1);
    assert.equal(lines.length, 4, stderr);
    for (const line of lines) assert.match(line, /^error: .*line \d+, column \d+/);
    const named = [
      "images/debian/.requirements",
      "images/debian/12/.lxd_requirements",
      "images/debian/12/amd64/.requirements",
      "images/ubuntu/24.04/arm64/default/.requirements",
    ];
    for (const path of named) assert.ok(stderr.includes(path), path);
    const after = listTree(root).filter((line) => !line.startsWith(".simplestreams"));
    assert.deepEqual(after, before, "not even a cache of the new version");
  });

  it("that are a directory stop a run", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    mkdirSync(join(root, "images/ubuntu/.requirements"));
    const { status, stdout, stderr } = await simplestreams([root]);
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, /^error: [^\n]*images\/ubuntu\/\.requirements[^\n]*\n$/);
  });
});

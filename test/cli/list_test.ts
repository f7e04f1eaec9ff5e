import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { parse } from "yaml";
import { simplestreams, succeed } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import {
  listTree,
  sha256sum,
  writeFiles,
  writeSampleTree,
  writeVersion,
} from "../support/trees.ts";

async function publishedRoot(test: TestContext): Promise<string> {
  const root = makeTempDirectory(test);
  writeSampleTree(root);
  await succeed(["-N", "--quiet", root]);
  return root;
}

function compact(root: string, columns: string, ...more: readonly string[]): Promise<string> {
  return succeed(["list", root, "--format", "compact", "--columns", columns, ...more]);
}

describe("simplestreams list", { concurrency: 2 }, () => {
  it("shows a row an image, the newest version of a product first", async (test) => {
    const root = await publishedRoot(test);
    assert.equal(
      await compact(root, "product,version,type,clients"),
      `PRODUCT                     VERSION         TYPE             CLIENTS
debian:12:amd64:cloud       20240103.1      container        incus,lxd
debian:12:amd64:default     20240102_00:00  container        incus
debian:12:amd64:default     20240102_00:00  container        lxd
debian:12:amd64:default     20240102_00:00  container        incus
debian:12:amd64:default     20240102_00:00  container        lxd
debian:12:amd64:default     20240102_00:00  virtual-machine  incus
debian:12:amd64:default     20240102_00:00  virtual-machine  lxd
debian:12:amd64:default     20240101_00:00  container        incus,lxd
ubuntu:24.04:arm64:default  202401040524    virtual-machine  incus,lxd
`,
    );
  });

  it("shows ten columns in a frame when nothing else is asked for", async (test) => {
    const root = await publishedRoot(test);
    const folder = join(root, "images/ubuntu/24.04/arm64/default/202401040524");
    const files = ["incus.tar.xz", "disk.qcow2"].map((name) => join(folder, name));
    const digits = (await sha256sum(...files)).slice(0, 12);
    const row =
      `| ubuntu/24.04/default (1 more) | ${digits} | ubuntu | 24.04   | default | arm64 ` +
      "| virtual-machine | 202401040524 | 19 B | secureboot=false |";
    const shown = await succeed(["list", root, "os=ubuntu"]);
    const lines = shown.split("\n");
    assert.match(lines[0] ?? "", /^\+-[-+]+-\+$/);
    assert.deepEqual(lines.map((line) => line.length).slice(0, 5), Array(5).fill(row.length));
    assert.deepEqual(lines.slice(2), [lines[0], row, lines[0], ""]);
  });

  const FILTERS: readonly (readonly [readonly string[], readonly string[]])[] = [
    [["os=ubuntu"], ["202401040524"]],
    [["release=12", "variant=cloud"], ["20240103.1"]],
    [["arch=aarch64"], ["202401040524"]],
    [["type=vm", "os=debian", "--client", "lxd"], ["20240102_00:00"]],
    [["CLOUD"], ["20240103.1"]],
    [["ubuntu", "24.04/default"], ["202401040524"]],
    [["nothing"], []],
  ];
  for (const [words, versions] of FILTERS) {
    it(`filters by ${words.join(" ")}`, async (test) => {
      const root = await publishedRoot(test);
      const lines = (await compact(root, "version", ...words)).trimEnd().split("\n");
      assert.deepEqual(lines, ["VERSION", ...versions]);
    });
  }

  it("prints the same objects as JSON and YAML, with whole fingerprints", async (test) => {
    const root = await publishedRoot(test);
    const json = await succeed(["list", "--json", root]);
    const images: readonly { readonly fingerprint: string }[] = JSON.parse(json);
    assert.equal(images.length, 9);
    for (const { fingerprint } of images) assert.match(fingerprint, /^[0-9a-f]{64}$/);
    assert.equal(await succeed(["list", "--format", "json", root]), json);
    const yaml = await succeed(["list", "--format", "yaml", root]);
    assert.deepEqual(parse(yaml), images);
    // Older readers take a version with a colon for a number, and "on" for true
    assert.deepEqual(parse(yaml, { version: "1.1" }), images);
  });

  it("prints whole values as CSV, in lines that end as RFC 4180 says", async (test) => {
    const root = await publishedRoot(test);
    const words = ["--format", "csv", "--columns", "alias,size,fingerprint", "os=ubuntu"];
    assert.match(
      await succeed(["list", root, ...words]),
      /^alias,size,fingerprint\r\n"ubuntu\/24\.04\/default,ubuntu\/24\.04",19,[0-9a-f]{64}\r\n$/,
    );
  });

  it("shows what a client shows, under the names that it adds", async (test) => {
    const root = await publishedRoot(test);
    const shown = await succeed(["list", root, "os=ubuntu", "--client", "lxd", "--json"]);
    const [image] = JSON.parse(shown);
    assert.deepEqual(image.aliases, [
      ...["ubuntu/24.04/default", "ubuntu/24.04/default/arm64"],
      ...["ubuntu/24.04", "ubuntu/24.04/arm64"],
    ]);
    assert.deepEqual(image.requirements, { secureboot: "false" });
  });

  it("shows what is published, and with --tree what would be", async (test) => {
    const root = await publishedRoot(test);
    writeVersion(root, "alpine/3/amd64/default/20240105");
    writeFiles(root, { "images/alpine/3/amd64/default/yesterday/incus.tar.xz": "m" });
    const before = listTree(root);
    assert.equal((await compact(root, "os", "os=alpine")).trim(), "OS");
    const args = ["list", root, "--tree", "--format", "compact", "--columns", "os", "os=alpine"];
    const { stdout, stderr } = await simplestreams(args);
    assert.equal(stdout, "OS\nalpine\n");
    assert.match(stderr, /^warning: images\/alpine\/3\/amd64\/default\/yesterday: /);
    assert.deepEqual(listTree(root), before);
    await succeed(["-N", "--quiet", root]);
    assert.equal(await succeed(["list", root]), await succeed(["list", root, "--tree"]));
  });

  it("shows an empty list and says what to do where nothing is published", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    const said = await simplestreams(["list", "--json"], { directory: root });
    assert.deepEqual([said.status, said.stdout], [0, "[]\n"]);
    assert.match(
      said.stderr,
      /^simplestreams: nothing is published in "\." yet; simplestreams -N /,
    );
    const quiet = await simplestreams(["list", "--quiet", "--json", root]);
    assert.deepEqual([quiet.status, quiet.stdout, quiet.stderr], [0, "[]\n", ""]);
  });

  it("says that no image fits, where there are others", async (test) => {
    const root = await publishedRoot(test);
    const said = await simplestreams(["list", root, "os=debain"]);
    assert.equal(said.status, 0);
    assert.match(said.stderr, /^simplestreams: no image fits; all are shown without /);
    assert.equal((await simplestreams(["list", "--quiet", root, "os=debain"])).stderr, "");
    const empty = makeTempDirectory(test);
    await succeed(["-N", empty]);
    assert.equal((await simplestreams(["list", empty, "os=debian"])).stderr, "");
  });

  it("refuses documents that are none", async (test) => {
    const root = makeTempDirectory(test);
    writeFiles(root, { "streams/v1/images.json": "[]" });
    const { status, stdout, stderr } = await simplestreams(["list", "--json", root]);
    assert.equal(status, 1);
    assert.equal(JSON.parse(stdout).error.code, "FORMAT");
    assert.match(stderr, /^error: Cannot read "streams\/v1\/images\.json": /);
  });

  it("takes a directory with = in its name behind ./", async (test) => {
    const parent = makeTempDirectory(test);
    mkdirSync(join(parent, "os=x"));
    assert.equal(await succeed(["list", "./os=x", "--json"], { directory: parent }), "[]\n");
  });
});

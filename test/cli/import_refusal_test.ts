import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { run, simplestreams, succeed } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import {
  listTree,
  SOURCE_FOLDER,
  type SourceSpec,
  writeFiles,
  writeSource,
  writeVersion,
} from "../support/trees.ts";

const NAME = SOURCE_FOLDER.split("/").at(-1) ?? "";
const PRODUCT = join("images", SOURCE_FOLDER, "..");

async function makePlaces(test: TestContext, spec?: SourceSpec) {
  const [root, source] = [makeTempDirectory(test), makeTempDirectory(test)];
  await writeSource(source, spec);
  return { root, source };
}

/** What everybody can see of a tree: all but the names that start with ".". */
function visible(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => !name.split("/").some((part) => part.startsWith("."))).sort();
}

/** Asserts that an import is refused for a reason, and moves nothing, with -N and without. */
async function assertRefused(
  places: { readonly root: string; readonly source: string },
  reason: RegExp | string,
): Promise<void> {
  const before = listTree(places.source);
  const tree = visible(places.root);
  for (const options of [[], ["-N"]]) {
    const args = [...options, "-i", places.source, places.root];
    const { status, stdout, stderr } = await simplestreams(args);
    assert.equal(status, 1, stderr);
    assert.equal(stdout, "");
    const errors = stderr.split("\n").filter((line) => !line.startsWith("warning: "));
    assert.equal(errors.length, 2, stderr);
    assert.match(errors[0] ?? "", /^error: Cannot /);
    if (typeof reason === "string") assert.ok(stderr.includes(reason), `${stderr}: no ${reason}`);
    else assert.match(stderr, reason);
    assert.deepEqual(listTree(places.source), before, "the source is untouched");
    assert.deepEqual(visible(places.root), tree, "the root is untouched");
  }
}

describe("An import is refused, and moves nothing,", { concurrency: 2 }, () => {
  it("when the version is there already", async (test) => {
    const places = await makePlaces(test);
    writeVersion(places.root, SOURCE_FOLDER);
    await assertRefused(places, `images/${SOURCE_FOLDER}" is there already`);
  });

  it("when a file or a dangling link has the version's name", async (test) => {
    const places = await makePlaces(test);
    mkdirSync(join(places.root, PRODUCT), { recursive: true });
    symlinkSync("nowhere", join(places.root, PRODUCT, NAME));
    await assertRefused(places, "is there already");
  });

  it("when the same bytes are there already, in other files", async (test) => {
    const places = await makePlaces(test);
    await run(["mkdir", "-p", join(places.root, PRODUCT)]);
    await run(["cp", "-a", places.source, join(places.root, PRODUCT, NAME)]);
    await assertRefused(places, "is there already");
  });

  it("when the version's own folder is what is imported, under any name", async (test) => {
    const { root, source } = await makePlaces(test, { roots: { "root.squashfs": "root" } });
    const folder = join(root, "images", SOURCE_FOLDER);
    await run(["mkdir", "-p", folder]);
    await run(["cp", "-a", `${source}/.`, folder]);
    await assertRefused({ root, source: folder }, "is there already");
    symlinkSync(folder, join(source, "link"));
    await assertRefused({ root, source: join(source, "link") }, "is there already");
  });

  it("when its files are published in another version", async (test) => {
    const root = makeTempDirectory(test);
    const source = join(root, "images/alpine/3/amd64/default/20240101");
    mkdirSync(source, { recursive: true });
    await writeSource(source);
    await succeed(["-N", root]);
    await assertRefused({ root, source }, "a document names it");
    await succeed(["remove", "-N", "--allow-empty", "alpine:3:amd64:default", root]);
    await assertRefused({ root, source }, "it has just left the documents");
  });

  it("without a metadata file", async (test) => {
    const [root, source] = [makeTempDirectory(test), makeTempDirectory(test)];
    writeFiles(source, { "root.squashfs": "root" });
    await assertRefused({ root, source }, "no metadata file");
  });

  it("without a root", async (test) => {
    const places = await makePlaces(test, { roots: {} });
    await assertRefused(places, "no root file");
  });

  it("without its directory", async (test) => {
    const [root, source] = [makeTempDirectory(test), makeTempDirectory(test)];
    await assertRefused({ root, source: join(source, "missing") }, "there is no such directory");
  });

  it("without its root directory, which is not made", async (test) => {
    const places = await makePlaces(test);
    const root = join(places.root, "missing");
    const { status, stderr } = await simplestreams(["-N", "-i", places.source, root]);
    assert.equal(status, 1);
    assert.match(stderr, /^error: Cannot import to "[^"]*missing": there is no such directory/);
    assert.ok(!existsSync(root));
    assert.equal(readdirSync(places.source).length, 2);
  });

  it("when a file is a directory or a link that leads nowhere", async (test) => {
    const places = await makePlaces(test, { roots: {} });
    symlinkSync("nowhere", join(places.source, "root.squashfs"));
    await assertRefused(places, "root.squashfs");
    mkdirSync(join(places.source, "disk.qcow2"));
    await run(["rm", join(places.source, "root.squashfs")]);
    await assertRefused(places, "disk.qcow2");
  });

  for (const field of ["architecture", "creation_date", "os", "release", "description"]) {
    it(`when ${field} is missing`, async (test) => {
      const fields = {
        architecture: "x86_64",
        creation_date: "1704164640",
        os: "debian",
        release: "12",
        description: "Debian",
      };
      const yaml = Object.entries(fields).filter(([name]) => name !== field)
        .map(([name, value]) => `${name}: ${value}\n`).join("");
      await assertRefused(await makePlaces(test, { yaml }), `"${field}" is missing`);
    });
  }

  const VALUES: readonly (readonly [string, string, string])[] = [
    ["os", "a/b", '"a/b"'],
    ["os", "..", '".."'],
    ["os", '"."', '"."'],
    ["release", "../../../../etc", '"../../../../etc"'],
    ["release", '""', '"release" is ""'],
    ["variant", ".hidden", '".hidden"'],
    ["variant", '"a:b"', '"a:b"'],
    ["variant", '"a,b"', '"a,b"'],
    ["os", '"100%"', '"100%"'],
    ["os", '"a\\nb"', '"a\\x0ab"'],
    ["os", '"a\\e[2Jb"', '"a\\x1b[2Jb"'],
    ["os", '"a\\0b"', '"a\\x00b"'],
    ["os", "x".repeat(256), "256 bytes"],
    ["os", "é".repeat(128), "256 bytes"],
    ["architecture", "x86/64", '"x86/64"'],
    ["os", "[a, b]", '"os" is a list or mapping'],
    ["creation_date", "yesterday", '"yesterday"'],
    ["creation_date", "-1", '"-1"'],
    ["creation_date", "1.5", '"1.5"'],
    ["creation_date", "999999999999", '"999999999999"'],
    ["creation_date", '""', '"creation_date" is ""'],
  ];
  for (const [field, value, shown] of VALUES) {
    it(`when ${field} is ${value.slice(0, 20)}`, async (test) => {
      const places = await makePlaces(test, { fields: { [field]: value } });
      await assertRefused(places, shown);
    });
  }

  it("when metadata.yaml is not YAML", async (test) => {
    await assertRefused(await makePlaces(test, { yaml: "a: [b" }), /metadata\.yaml/);
  });

  it("when there is no metadata.yaml in the archive", async (test) => {
    const places = await makePlaces(test);
    await run(["tar", "-C", places.source, "-cJf", "incus.tar.xz", "rootfs.squashfs"], {
      directory: places.source,
    });
    await assertRefused(places, "metadata.yaml");
  });

  for (const what of ["truncated", "corrupt", "empty", "no archive"]) {
    it(`when the archive is ${what}`, async (test) => {
      const places = await makePlaces(test);
      const path = join(places.source, "incus.tar.xz");
      const bytes = readFileSync(path);
      if (what === "truncated") truncateSync(path, bytes.length - 20);
      else if (what === "empty") truncateSync(path, 0);
      else if (what === "no archive") writeFileSync(path, "hello");
      else writeFileSync(path, Buffer.from(bytes).fill(0xff, 60, 90));
      await assertRefused(places, path);
    });
  }

  it("when the second metadata file is broken", async (test) => {
    const places = await makePlaces(test);
    writeFileSync(join(places.source, "lxd.tar.xz"), "broken");
    await assertRefused(places, "lxd.tar.xz");
  });

  it("when metadata.yaml is larger than a MiB, or lies behind 64 MiB", async (test) => {
    const places = await makePlaces(test, { yaml: `a: ${"x".repeat(2 ** 20)}\n` });
    await assertRefused(places, /incus\.tar\.xz/);
    const behind = await makePlaces(test);
    await run(["sh", "-ec", BURY, "sh", behind.source]);
    await assertRefused(behind, /incus\.tar\.xz/);
  });
});

/** Puts 70 MiB of zeros in front of metadata.yaml. */
const BURY = `
  cd "$1"; xz -dc incus.tar.xz | tar -x; truncate -s 70M zeros
  tar -c zeros metadata.yaml | xz -0 > incus.tar.xz; rm zeros metadata.yaml
`;

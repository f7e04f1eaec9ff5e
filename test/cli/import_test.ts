import assert from "node:assert/strict";
import {
  existsSync,
  linkSync,
  lstatSync,
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
  assertDigestsHold,
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

describe("simplestreams -N -i", { concurrency: 2 }, () => {
  const ARCHIVES = [
    ["xz", "incus.tar.xz", ["-J"]],
    ["gzip", "incus.tar.xz", ["-z"]],
    ["zstd", "lxd.tar.xz", ["--zstd"]],
  ] as const;
  for (const [what, name, options] of ARCHIVES) {
    it(`reads ${what} in a file called ${name}`, async (test) => {
      const { root, source } = await makePlaces(test);
      await run(["tar", "-C", source, "-xf", join(source, "incus.tar.xz")]);
      await run(["rm", join(source, "incus.tar.xz")]);
      const pack = ["tar", "-C", source, ...options, "--remove-files", "-cf", join(source, name)];
      await run([...pack, "metadata.yaml"]);
      await succeed(["-N", "--strict", "-i", source, root]);
      assert.deepEqual(readdirSync(join(root, "images", SOURCE_FOLDER)), [name, "root.squashfs"]);
      assert.deepEqual(readdirSync(source), []);
    });
  }

  const FIELDS: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ["a release that looks like a number", { release: "24.10" }, "debian/24.10/amd64/default"],
    ["a release that looks like a truth value", { release: "no" }, "debian/no/amd64/default"],
    ["an architecture of the kernel's", { architecture: "aarch64" }, "debian/12/arm64/default"],
    ["spaces and UTF-8", { os: "Bé an", variant: "a b+c" }, "Bé an/12/amd64/a b+c"],
    ["a name of 255 bytes", { os: "é".repeat(127) + "x" }, `${"é".repeat(127)}x/12/amd64/default`],
  ];
  for (const [what, fields, product] of FIELDS) {
    it(`imports ${what}`, async (test) => {
      const { root, source } = await makePlaces(test, { fields });
      await succeed(["-N", "-i", source, root]);
      assert.ok(existsSync(join(root, "images", product, NAME, "incus.tar.xz")));
    });
  }

  it("takes the fields at the top level where there are no properties", async (test) => {
    const yaml = "architecture: x86_64\ncreation_date: 1704164640\nos: debian\nrelease: 12\n" +
      "description: d\n";
    const { root, source } = await makePlaces(test, { yaml });
    await succeed(["-N", "-i", source, root]);
    assert.ok(existsSync(join(root, "images", SOURCE_FOLDER)));
  });

  it("keeps the files themselves: their bytes, inode and time", async (test) => {
    const { root, source } = await makePlaces(test);
    const before = lstatSync(join(source, "rootfs.squashfs"));
    await succeed(["-N", "-i", source, root]);
    const after = lstatSync(join(root, "images", SOURCE_FOLDER, "root.squashfs"));
    assert.deepEqual([after.ino, after.mtimeMs, after.nlink], [before.ino, before.mtimeMs, 1]);
    assert.deepEqual(visible(join(root, "images", SOURCE_FOLDER)), [
      "incus.tar.xz",
      "root.squashfs",
    ]);
    await succeed(["-N", "--strict", root]);
    await assertDigestsHold(root);
  });

  it("copies what a symbolic link leads to, and removes the link alone", async (test) => {
    const { root, source } = await makePlaces(test, { roots: {} });
    const elsewhere = makeTempDirectory(test);
    writeFiles(elsewhere, { "build.squashfs": "squashfs\n" });
    symlinkSync(join(elsewhere, "build.squashfs"), join(source, "rootfs.squashfs"));
    await succeed(["-N", "-i", source, root]);
    const stored = join(root, "images", SOURCE_FOLDER, "root.squashfs");
    assert.ok(lstatSync(stored).isFile());
    assert.equal(readFileSync(stored, "utf8"), "squashfs\n");
    assert.equal(readFileSync(join(elsewhere, "build.squashfs"), "utf8"), "squashfs\n");
    assert.deepEqual(readdirSync(source), []);
    await succeed(["-N", root]);
    await assertDigestsHold(root);
  });

  it("imports the root. spelling of a role, and leaves the other with a finding", async (test) => {
    const { root, source } = await makePlaces(test, {
      roots: { "root.squashfs": "this one\n", "rootfs.squashfs": "not this one\n" },
    });
    const { status, stderr } = await simplestreams(["-N", "--strict", "-i", source, root]);
    assert.equal(status, 3);
    assert.ok(stderr.startsWith(`warning: ${source}/rootfs.squashfs: `), stderr);
    const stored = join(root, "images", SOURCE_FOLDER, "root.squashfs");
    assert.equal(readFileSync(stored, "utf8"), "this one\n");
    assert.deepEqual(readdirSync(source), ["rootfs.squashfs"]);
  });

  it("tells of rubbish after a complete archive", async (test) => {
    const { root, source } = await makePlaces(test);
    writeFileSync(join(source, "incus.tar.xz"), "\n", { flag: "a" });
    const { status, stderr } = await simplestreams(["-N", "-i", source, root]);
    assert.equal(status, 0);
    assert.match(stderr, /^warning: [^\n]*incus\.tar\.xz: has 1 bytes? after the end/);
    assert.ok(existsSync(join(root, "images", SOURCE_FOLDER)));
  });

  it("tells when the second metadata file says something else", async (test) => {
    const { root, source } = await makePlaces(test);
    const other = makeTempDirectory(test);
    await writeSource(other, { metadata: "lxd.tar.xz", fields: { release: "13" }, roots: {} });
    await run(["mv", join(other, "lxd.tar.xz"), source]);
    const { status, stderr } = await simplestreams(["-N", "-i", source, root]);
    assert.equal(status, 0);
    assert.match(stderr, /^warning: [^\n]*lxd\.tar\.xz: its release is "13", and "12" in/);
    assert.ok(existsSync(join(root, "images", SOURCE_FOLDER, "lxd.tar.xz")));
  });

  it("makes folders that a web server can read, under any umask", async (test) => {
    const { root, source } = await makePlaces(test);
    const through = ["sh", "-c", 'umask 077; exec "$@"', "sh"];
    await succeed(["-N", "-i", source, root], { through });
    for (let path = join(root, "images", SOURCE_FOLDER); path !== root; path = join(path, "..")) {
      assert.equal((lstatSync(path).mode & 0o777).toString(8), "755", path);
    }
  });

  it("goes through a symbolic link in the place of a release's folder", async (test) => {
    const { root, source } = await makePlaces(test);
    const store = makeTempDirectory(test);
    mkdirSync(join(root, "images/debian"), { recursive: true });
    symlinkSync(store, join(root, "images/debian/12"));
    await succeed(["-N", "-i", source, root]);
    assert.ok(existsSync(join(store, "amd64/default", NAME, "root.squashfs")));
  });

  it("finishes what a run left that was killed after the version was visible", async (test) => {
    const { root, source } = await makePlaces(test, { roots: { "root.squashfs": "root\n" } });
    const folder = join(root, "images", SOURCE_FOLDER);
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(source)) linkSync(join(source, name), join(folder, name));
    await run(["rm", join(source, "root.squashfs")]);
    await succeed(["-N", "-i", source, root]);
    assert.deepEqual(readdirSync(source), []);
    assert.deepEqual(readdirSync(folder), ["incus.tar.xz", "root.squashfs"]);
  });

  it("removes what killed imports left an hour ago, and nothing else", async (test) => {
    const { root, source } = await makePlaces(test);
    const product = join(root, PRODUCT);
    for (const name of [".import-old", ".import-young", ".mine", "20240101"]) {
      writeFiles(join(product, name), { "root.squashfs": "half" });
    }
    for (const name of [".import-old", ".mine", "20240101"]) {
      await run(["touch", "-d", "61 minutes ago", join(product, name)]);
    }
    await run(["touch", "-d", "59 minutes ago", join(product, ".import-young")]);
    await succeed(["-N", "-i", source, root]);
    assert.deepEqual(readdirSync(product).sort(), [
      ".import-young",
      ".mine",
      "20240101",
      NAME,
    ]);
  });

  it("does not follow a link that is called like a killed import", async (test) => {
    const { root, source } = await makePlaces(test);
    const precious = makeTempDirectory(test);
    writeFiles(precious, { "incus.tar.xz": "precious" });
    mkdirSync(join(root, PRODUCT), { recursive: true });
    symlinkSync(precious, join(root, PRODUCT, ".import-old"));
    await run(["touch", "-h", "-d", "2 hours ago", join(root, PRODUCT, ".import-old")]);
    await succeed(["-N", "-i", source, root]);
    assert.deepEqual(readdirSync(precious), ["incus.tar.xz"]);
  });
});

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

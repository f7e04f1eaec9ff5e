import assert from "node:assert/strict";
import {
  existsSync,
  linkSync,
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
  SOURCE_FOLDER,
  type SourceSpec,
  writeFiles,
  writeSource,
} from "../support/trees.ts";

const NAME = SOURCE_FOLDER.split("/").at(-1) ?? "";
const PRODUCT = join("images", SOURCE_FOLDER, "..");

async function makePlaces(test: TestContext, spec?: SourceSpec) {
  const [root, source] = [makeTempDirectory(test), makeTempDirectory(test)];
  await writeSource(source, spec);
  return { root, source };
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
    assert.deepEqual(readdirSync(join(root, "images", SOURCE_FOLDER)), [
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

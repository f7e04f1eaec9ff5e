import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync, symlinkSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { run, simplestreams, succeed } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import { listTree, writeFiles, writeSampleTree } from "../support/trees.ts";

const VERSION = "images/debian/12/amd64/default/20240102_00:00";
const OTHER = spawnSync("incus-simplestreams", ["--help"]).status === 0
  ? false
  : "needs incus-simplestreams";

async function writePublished(root: string): Promise<void> {
  writeSampleTree(root);
  rmSync(join(root, VERSION, "notes.txt"));
  await succeed(["-N", root]);
}

describe("simplestreams verify of a tree with links in circles and out of it", () => {
  it("looks at each folder once, and at nothing outside", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    await succeed(["-N", root]);
    symlinkSync(".", join(root, "images/debian/self1"));
    symlinkSync(".", join(root, "images/debian/self2"));
    symlinkSync("/usr/share", join(root, "images/debian/usr"));
    writeFiles(root, { "pool/20240109/incus.tar.xz": "", "pool/20240109/root.squashfs": "" });
    const link = "images/debian/12/amd64/default/20240109";
    symlinkSync("../../../../../pool/20240109", join(root, link));
    const { findings } = JSON.parse((await simplestreams(["verify", "--json", root])).stdout);
    const links = findings.filter(({ path }: { readonly path: string }) =>
      /self|usr|20240109/.test(path)
    );
    assert.deepEqual(links.map(({ path }: { readonly path: string }) => path), [
      link,
      "images/debian/usr",
    ]);
  });
});

describe("simplestreams verify", { concurrency: 2 }, () => {
  it("exits with 0 on a sound tree, and writes nothing", async (test) => {
    const root = makeTempDirectory(test);
    await writePublished(root);
    const before = listTree(root);
    const { status, stdout, stderr } = await simplestreams(["verify", "--strict", root]);
    assert.equal(status, 0);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /^simplestreams: 3 products, 4 versions, 9 images, 11 files; 11 files read \(\d+ B\); 0 errors, 0 warnings\n$/,
    );
    assert.deepEqual(listTree(root), before);
  });

  it("takes the working directory when it is given none", async (test) => {
    const root = makeTempDirectory(test);
    await writePublished(root);
    assert.equal((await simplestreams(["verify", "--quiet"], { directory: root })).stderr, "");
  });

  it("exits with 3 on an error, which stderr has on one line", async (test) => {
    const root = makeTempDirectory(test);
    await writePublished(root);
    truncateSync(join(root, VERSION, "disk.qcow2"), 3);
    const { status, stderr } = await simplestreams(["verify", "--quiet", root]);
    assert.equal(status, 3);
    assert.match(stderr, /^error: images[^\n]*disk\.qcow2: has 3 bytes, expected 11 [^\n]*\n$/);
  });

  it("exits with 0 on warnings, and with 3 under --strict", async (test) => {
    const root = makeTempDirectory(test);
    await writePublished(root);
    writeFiles(root, { [`${VERSION}/notes.txt`]: "notes" });
    const { status, stderr } = await simplestreams(["verify", "--quiet", root]);
    assert.equal(status, 0);
    assert.match(stderr, /^warning: [^\n]*notes\.txt: [^\n]*\n$/);
    assert.equal((await simplestreams(["verify", "--strict", root])).status, 3);
  });

  it("reads no file under --fast", async (test) => {
    const root = makeTempDirectory(test);
    await writePublished(root);
    writeFiles(root, { [`${VERSION}/disk.qcow2`]: "both: DISK\n" });
    const { status, stderr } = await simplestreams(["verify", "--fast", root]);
    assert.equal(status, 0);
    assert.match(stderr, /; no file read; 0 errors, 0 warnings\n$/);
    assert.equal((await simplestreams(["verify", "--jobs", "1", root])).status, 3);
  });

  it("prints one object under --json", async (test) => {
    const root = makeTempDirectory(test);
    await writePublished(root);
    rmSync(join(root, VERSION, "disk.qcow2"));
    const { status, stdout, stderr } = await simplestreams(["verify", "--json", root]);
    assert.equal(status, 3);
    assert.equal(stderr, "");
    const { findings, ...rest } = JSON.parse(stdout);
    assert.deepEqual(rest, {
      command: "verify",
      root,
      counts: {
        ...{ products: 3, versions: 4, images: 9, files: 11 },
        ...{ hashedFiles: 10, hashedBytes: rest.counts.hashedBytes },
      },
    });
    assert.equal(findings.length, 1);
    assert.deepEqual(findings[0], {
      code: "FILE_MISSING",
      severity: "error",
      path: `${VERSION}/disk.qcow2`,
      message: findings[0].message,
    });
  });

  it("tells of missing documents without failing", async (test) => {
    const root = makeTempDirectory(test);
    const { status, stderr } = await simplestreams(["verify", root]);
    assert.equal(status, 3);
    assert.match(stderr, /^error: streams\/v1\/index\.json: is not there/);
  });

  it("exits with 1 when there is no such directory", async (test) => {
    const { status, stderr } = await simplestreams(["verify", join(makeTempDirectory(test), "a")]);
    assert.equal(status, 1);
    assert.match(stderr, /^error: Cannot use /);
  });

  it("shows an example in its help", async () => {
    assert.match(await succeed(["verify", "-h"]), /Examples:\n {2}simplestreams verify /);
  });

  const breaks: Readonly<Record<string, (root: string) => void>> = {
    "a file that is missing": (root) => rmSync(join(root, VERSION, "root.squashfs")),
    "a file cut short": (root) => truncateSync(join(root, VERSION, "root.squashfs"), 1),
    "other bytes": (root) => writeFiles(root, { [`${VERSION}/root.squashfs`]: "both: SQUASHFS\n" }),
  };
  for (const [name, change] of Object.entries(breaks)) {
    it(`rejects ${name}, as incus-simplestreams does`, { skip: OTHER }, async (test) => {
      const root = makeTempDirectory(test);
      await writePublished(root);
      const other = { directory: root };
      await run(["incus-simplestreams", "verify"], other);
      change(root);
      await assert.rejects(run(["incus-simplestreams", "verify"], other));
      assert.equal((await simplestreams(["verify", root])).status, 3);
    });
  }
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { run, simplestreams, succeed } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import {
  readDocument,
  SOURCE_FOLDER,
  writeFiles,
  writeSampleTree,
  writeSource,
  writeVersion,
} from "../support/trees.ts";

/** A tree with three oddities, each in a version of its own. */
function writeOddTree(root: string): void {
  writeSampleTree(root);
  writeVersion(root, "debian/12/amd64/default/newest");
  writeVersion(root, "debian/12/amd64/default/20240230");
  writeVersion(root, "debian/12/amd64/default/20240301", { "incus.tar.xz": "alone\n" });
}

const ODD_FOLDERS = ["20240230", "20240301", "newest"].map((name) =>
  `images/debian/12/amd64/default/${name}`
);

describe("Findings", { concurrency: 2 }, () => {
  it("go to stderr, a line each, and the rest is published with exit 0", async (test) => {
    const root = makeTempDirectory(test);
    writeOddTree(root);
    const { status, stdout, stderr } = await simplestreams([root]);
    assert.equal(status, 0);
    const lines = stderr.split("\n").filter((line) => line.startsWith("warning: "));
    assert.deepEqual(lines.map((line) => line.split(": ")[1]), ODD_FOLDERS);
    assert.deepEqual(
      Object.keys(JSON.parse(stdout).products["debian:12:amd64:default"].versions),
      ["20240101_00:00", "20240102_00:00"],
    );
    assert.equal(lines.length, stderr.split("\n").length - 2, "else only the summary");
  });

  for (const words of [[], ["-N"]]) {
    it(`end ${["simplestreams", ...words].join(" ")} with 3 under --strict, all done`, async (test) => {
      const root = makeTempDirectory(test);
      writeOddTree(root);
      const shown = await succeed([root]);
      const { status, stdout, stderr } = await simplestreams([...words, "--strict", root]);
      assert.equal(status, 3);
      assert.equal(words.length === 0 ? stdout : readDocument(root), shown);
      assert.match(stderr, /^warning: images/);
      const again = await simplestreams([...words, "--strict", root]);
      assert.equal(again.status, 3, "when nothing has changed since, too");
      assert.equal(again.stderr.match(/^warning: /gm)?.length, 3);
    });
  }

  it("are none in a sound tree under --strict", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    await succeed(["-N", "--strict", root]);
  });

  it("are all that --quiet lets through", async (test) => {
    const root = makeTempDirectory(test);
    writeOddTree(root);
    const { stderr } = await simplestreams(["-N", "--quiet", root]);
    assert.equal(stderr.split("\n").length, 4);
    assert.match(stderr, /^(warning: [^\n]*\n){3}$/);
    const sound = makeTempDirectory(test);
    writeSampleTree(sound);
    assert.equal((await simplestreams(["-N", "--quiet", sound])).stderr, "");
  });

  it("show control characters instead of sending them to the terminal", async (test) => {
    const root = makeTempDirectory(test);
    writeVersion(root, "debian/12/amd64/default/2024\x1b[2J\nerror: 0101");
    const { stderr } = await simplestreams([root]);
    assert.match(stderr, /^warning: images[^\n]*2024\\x1b\[2J\\x0aerror: 0101: /m);
    assert.ok(!stderr.includes("\x1b"));
  });
});

describe("simplestreams --json", { concurrency: 2 }, () => {
  it("prints one object for an index run, and findings only in it", async (test) => {
    const root = makeTempDirectory(test);
    writeOddTree(root);
    const shown = await succeed([root]);
    const planned = await simplestreams(["--json", root]);
    const { status, stdout, stderr } = await simplestreams(["-N", "--json", root]);
    assert.equal(status, 0);
    assert.equal(stderr, "");
    assert.equal(stdout.indexOf("\n"), stdout.length - 1);
    const result = JSON.parse(stdout);
    assert.deepEqual(
      result.findings.map((finding: { readonly path: string }) => finding.path),
      ODD_FOLDERS,
    );
    assert.deepEqual(result.findings[0], {
      code: "VERSION_NAME",
      severity: "warning",
      path: ODD_FOLDERS[0],
      message: result.findings[0].message,
    });
    assert.deepEqual(result.counts, {
      products: 3,
      versions: 4,
      images: 9,
      hashedFiles: 11,
      hashedBytes: result.counts.hashedBytes,
    });
    assert.deepEqual(result.changes.added.length, 4);
    assert.deepEqual(
      result.documents.map(({ changed }: { readonly changed: boolean }) => changed),
      [true, true],
    );
    assert.equal(result.documents[0].sizeBytes, Buffer.byteLength(shown));
    assert.equal(result.written, true);
    assert.deepEqual({ ...JSON.parse(planned.stdout), written: true }, result);
  });

  it("tells what changed since the documents were published", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    await succeed(["-N", root]);
    writeVersion(root, "debian/12/amd64/default/20240105");
    writeVersion(root, "ubuntu/24.04/arm64/default/202401040524", {
      "disk.qcow2": "another size of disk",
    });
    await run(["rm", "-r", join(root, "images/debian/12/amd64/cloud")]);
    writeFiles(root, { "images/debian/.requirements": '{"nesting": "false"}' });
    const { changes } = JSON.parse(await succeed(["-N", "--json", root]));
    assert.deepEqual(changes, {
      added: ["debian:12:amd64:default@20240105"],
      removed: ["debian:12:amd64:cloud@20240103.1"],
      // Other requirements, and a version with another file
      changed: ["debian:12:amd64:default", "ubuntu:24.04:arm64:default@202401040524"],
    });
    const unchanged = JSON.parse(await succeed(["-N", "--json", root]));
    assert.deepEqual(unchanged.changes, { added: [], removed: [], changed: [] });
  });

  it("prints one object for an import", async (test) => {
    const [root, source] = [makeTempDirectory(test), makeTempDirectory(test)];
    await writeSource(source);
    const { status, stdout, stderr } = await simplestreams(["-N", "--json", "-i", source, root]);
    assert.equal(status, 0);
    assert.equal(stderr, "");
    assert.deepEqual(JSON.parse(stdout), {
      command: "import",
      root,
      written: true,
      folder: `images/${SOURCE_FOLDER}`,
      moves: [
        { from: `${source}/incus.tar.xz`, to: "incus.tar.xz" },
        { from: `${source}/rootfs.squashfs`, to: "root.squashfs" },
      ],
      findings: [],
    });
  });

  it("prints one object for an error, which stderr has too", async (test) => {
    const missing = join(makeTempDirectory(test), "missing");
    const { status, stdout, stderr } = await simplestreams(["-N", "--json", missing]);
    assert.equal(status, 1);
    const { error } = JSON.parse(stdout);
    assert.equal(error.code, "NOT_FOUND");
    assert.equal(stderr, `error: ${error.message}\n`);
  });
});

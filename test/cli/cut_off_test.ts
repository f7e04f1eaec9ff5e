import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { simplestreams, succeed } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import {
  assertDigestsHold,
  IMAGES,
  itemsOf,
  readDocument,
  readProducts,
  writeFiles,
  writeSource,
  writeVersion,
} from "../support/trees.ts";

const SIZE = 300_000;
const FOLDER = "debian/12/amd64/default/20240101_00:00";

/** A squashfs by its head, which says how long it is, and as much of it as has been copied. */
function squashfs(copied = SIZE): Buffer {
  const bytes = Buffer.alloc(SIZE);
  bytes.write("hsqs");
  bytes.writeUInt16LE(4, 28);
  bytes.writeUInt32LE(SIZE, 40);
  return bytes.subarray(0, copied);
}

/** A tree with one image of which so much has been copied. */
function writeImage(test: TestContext, copied: number): string {
  const root = makeTempDirectory(test);
  writeVersion(root, FOLDER, { "incus.tar.xz": "metadata", "root.squashfs": squashfs(copied) });
  return root;
}

describe("A root that is still being copied", { concurrency: 2 }, () => {
  it("leaves its version out of an index run until it is whole", async (test) => {
    const root = writeImage(test, 200_000);
    const { stderr } = await simplestreams(["-N", root]);
    assert.match(
      stderr,
      /root\.squashfs: its version is left out: .* ends after 200000 bytes, expected at least 300000/,
    );
    const path = join("images", FOLDER, "root.squashfs");
    writeFiles(root, { [path]: squashfs() });
    await succeed(["-N", root]);
    assert.equal(itemsOf(readProducts(root), FOLDER)["root.squashfs"]?.size, SIZE);
    await assertDigestsHold(root);
  });

  it("is told of by verify when it was published by others", async (test) => {
    const root = writeImage(test, SIZE);
    await succeed(["-N", root]);
    const document = readDocument(root).replaceAll(`"size":${SIZE}`, '"size":200000');
    const path = join("images", FOLDER, "root.squashfs");
    writeFiles(root, { [path]: squashfs(200_000), [IMAGES]: document });
    const { status, stderr } = await simplestreams(["verify", root]);
    assert.equal(status, 3);
    assert.match(
      stderr,
      /^error: images.*root\.squashfs: Cannot use .*: it ends after 200000 bytes/m,
    );
  });

  it("is refused by add, which leaves all as it is", async (test) => {
    const [root, source] = [makeTempDirectory(test), makeTempDirectory(test)];
    await writeSource(source, { metadata: "one", roots: {} });
    writeFiles(source, { two: squashfs(200_000) });
    const files = ["one", "two"].map((name) => join(source, name));
    const { status, stderr } = await simplestreams(["add", "-N", ...files, root]);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^error: Cannot use ".*two": it ends after 200000 bytes, expected at least/,
    );
    assert.equal(existsSync(join(root, "images")), false);
    writeFiles(source, { two: squashfs() });
    await succeed(["add", "-N", ...files, root]);
  });
});

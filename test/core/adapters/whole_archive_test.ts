import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, test } from "node:test";
import { createArchiveInspector } from "../../../core/adapters/archive_contents.ts";
import { FormatError } from "../../../core/errors.ts";
import {
  concat,
  createSaver,
  gzip,
  makeScratch,
  makeTar,
  noise,
  xz,
  ZSTD_IMAGE,
} from "../../support/archives.ts";

const scratch = makeScratch();
after(() => rmSync(scratch, { recursive: true }));

const save = createSaver(scratch);

/** Packed, and so long that its root is known long before its end. */
const LONG = makeTar([
  { name: "metadata.yaml", content: "architecture: x86_64\n" },
  { name: "rootfs/sbin/init", content: "init\n" },
  { name: "rootfs/big", content: noise(3 << 20) },
]);
const PACKED: Readonly<Record<string, Uint8Array>> = {
  gzip: gzip(LONG),
  "gzip of two members": concat(gzip(LONG), gzip(new Uint8Array(9))),
  xz: xz(LONG, "-0"),
  zstd: ZSTD_IMAGE,
  "zstd of two frames": concat(ZSTD_IMAGE, ZSTD_IMAGE),
  "zstd with a frame to skip": concat(
    ZSTD_IMAGE,
    Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0),
    2,
  ),
};

for (const [what, bytes] of Object.entries(PACKED)) {
  test(`requireWhole() takes ${what}, and refuses it without its last byte`, async () => {
    const require = (packed: Uint8Array) => createArchiveInspector().requireWhole(save(packed));
    await require(bytes);
    await assert.rejects(require(bytes.subarray(0, -1)), (error) => {
      assert.ok(error instanceof FormatError, `${error}`);
      assert.match(error.message, /^Cannot use archive ".*": cut short after \d+ bytes, expected/);
      return true;
    });
    if (what === "gzip") {
      assert.equal(
        (await createArchiveInspector().inspect(save(bytes.subarray(0, -1)))).root,
        "directory",
      );
    }
  });
}

test("requireWhole() refuses gzip data with a wrong checksum", async () => {
  const bytes = gzip(LONG);
  const broken = concat(bytes.subarray(0, -8), Uint8Array.of(1, 2, 3, 4), bytes.subarray(-4));
  await assert.rejects(
    createArchiveInspector().requireWhole(save(broken)),
    /corrupt gzip data \(checksum mismatch\)/,
  );
});

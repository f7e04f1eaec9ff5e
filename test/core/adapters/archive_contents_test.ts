import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  type ArchiveInspectorOptions,
  createArchiveInspector,
} from "../../../core/adapters/archive_contents.ts";
import { createMetadataReader } from "../../../core/adapters/metadata_archive.ts";
import { FormatError, StorageError } from "../../../core/errors.ts";
import type { ArchiveContents } from "../../../core/archive_ports.ts";
import {
  concat,
  createSaver,
  gzip,
  makeScratch,
  makeTar,
  type Member,
  noise,
  xz,
  ZSTD_IMAGE,
} from "../../support/archives.ts";

const METADATA = { name: "metadata.yaml", content: "architecture: x86_64\n" };
const TEMPLATE = { name: "templates/hosts.tpl", content: "127.0.0.1\n" };
const INIT = { name: "rootfs/sbin/init", content: "init\n" };
const DISK = { name: "rootfs.img", content: "QFI\xfb" };

const scratch = makeScratch();
after(() => rmSync(scratch, { recursive: true }));

const save = createSaver(scratch);

function inspect(bytes: Uint8Array, options?: ArchiveInspectorOptions): Promise<ArchiveContents> {
  return createArchiveInspector(options).inspect(save(bytes));
}

const CONTENTS: readonly (readonly [string, readonly Member[], ArchiveContents])[] = [
  ["metadata alone", [METADATA], { hasMetadata: true, isWhole: true, root: undefined }],
  ["metadata and templates", [METADATA, TEMPLATE], {
    hasMetadata: true,
    isWhole: true,
    root: undefined,
  }],
  ["a unified container", [METADATA, TEMPLATE, INIT], {
    hasMetadata: true,
    isWhole: false,
    root: "directory",
  }],
  ["a unified VM", [METADATA, TEMPLATE, DISK], { hasMetadata: true, isWhole: false, root: "disk" }],
  ["an empty rootfs/", [METADATA, { name: "rootfs" }], {
    hasMetadata: true,
    isWhole: false,
    root: "directory",
  }],
  [
    "names with ./",
    [{ name: "./" }, { ...METADATA, name: "./metadata.yaml" }, { ...DISK, name: "./rootfs.img" }],
    { hasMetadata: true, isWhole: false, root: "disk" },
  ],
  ["metadata.yaml after the root", [INIT, METADATA], {
    hasMetadata: true,
    isWhole: false,
    root: "directory",
  }],
  ["a root alone", [INIT, TEMPLATE], { hasMetadata: false, isWhole: true, root: "directory" }],
  ["a root", [{ name: "sbin/init", content: "" }], {
    hasMetadata: false,
    isWhole: true,
    root: undefined,
  }],
  [
    "such names further down",
    [
      { name: "a/metadata.yaml", content: "" },
      { name: "a/rootfs/init", content: "" },
      { name: "a/rootfs.img", content: "" },
    ],
    { hasMetadata: false, isWhole: true, root: undefined },
  ],
  [
    "links with such names",
    [{ name: "metadata.yaml", link: "/etc/passwd" }, { name: "rootfs.img", link: "/dev/sda" }],
    { hasMetadata: false, isWhole: true, root: undefined },
  ],
  ["a link called rootfs", [{ name: "rootfs", link: "/" }], {
    hasMetadata: false,
    isWhole: true,
    root: undefined,
  }],
  ["a file called rootfs", [{ name: "rootfs", content: "" }], {
    hasMetadata: false,
    isWhole: true,
    root: undefined,
  }],
];

for (const [what, members, contents] of CONTENTS) {
  test(`inspect() tells ${what}`, async () => {
    assert.deepEqual(await inspect(makeTar(members)), contents);
  });
}

test("inspect() tells what an archive holds, however it is packed", async () => {
  const tar = makeTar([METADATA, INIT]);
  const packed = {
    tar,
    xz: xz(tar),
    sha256: xz(tar, "--check=sha256"),
    gzip: gzip(tar),
    ZSTD_IMAGE,
  };
  for (const [kind, bytes] of Object.entries(packed)) {
    assert.deepEqual(
      await inspect(bytes),
      { hasMetadata: true, isWhole: false, root: "directory" },
      kind,
    );
  }
});

test("inspect() finds nothing in an archive without entries", async () => {
  assert.deepEqual(await inspect(xz(new Uint8Array(1024))), {
    hasMetadata: false,
    isWhole: true,
    root: undefined,
  });
});

test("inspect() does not take names that lead out of the archive for its root", async () => {
  const options = ["-P", "--transform=s,^x,../rootfs/x,", "--transform=s,^y,/rootfs/y,"];
  const tar = makeTar([{ name: "x", content: "" }, { name: "y", content: "" }], options);
  assert.match(new TextDecoder("latin1").decode(tar), /^\.\.\/rootfs\/x/);
  assert.deepEqual(await inspect(tar), { hasMetadata: false, isWhole: true, root: undefined });
});

// Limits

test("inspect() reads no further than metadata.yaml and the root's first name", async () => {
  const tar = makeTar([METADATA, { name: "rootfs.img", content: new Uint8Array(8 << 20) }]);
  for (const bytes of [tar, gzip(tar), xz(tar, "--block-size=65536")]) {
    const half = bytes === tar ? tar.subarray(0, 4 << 20) : bytes;
    assert.deepEqual(await inspect(half), { hasMetadata: true, isWhole: false, root: "disk" });
  }
  // gzip can only be found to be cut short where it is
  const noisy = gzip(makeTar([METADATA, { name: "rootfs.img", content: noise(4 << 20) }]));
  const cut = noisy.subarray(0, noisy.length / 2);
  assert.deepEqual(await inspect(cut), { hasMetadata: true, isWhole: false, root: "disk" });
});

test("inspect() looks at the first 64 MiB, whatever they are packed as", async () => {
  const members = (sizeMib: number) => [
    METADATA,
    { name: "big", content: new Uint8Array(sizeMib << 20) },
    INIT,
  ];
  const near = gzip(makeTar(members(63)), "-1");
  assert.deepEqual(await inspect(near), { hasMetadata: true, isWhole: false, root: "directory" });
  const far = makeTar(members(67));
  for (const bytes of [far, gzip(far, "-1"), xz(far, "-0")]) {
    assert.deepEqual(await inspect(bytes), { hasMetadata: true, isWhole: false, root: undefined });
  }
});

test("inspect() does not unpack a bomb to its end", async () => {
  const bomb = gzip(makeTar([{ name: "big", content: new Uint8Array(200 << 20) }]));
  assert.ok(bomb.length < 1 << 20);
  const broken = bomb.map((byte, place) => place > bomb.length - 9 ? byte ^ 0xff : byte);
  assert.deepEqual(await inspect(broken), { hasMetadata: false, isWhole: false, root: undefined });
});

test("inspect() gives every file back", async () => {
  const descriptors = readdirSync("/proc/self/fd").length;
  const tar = makeTar([METADATA, { name: "rootfs.img", content: noise(1 << 20) }]);
  for (const bytes of [tar, xz(tar), gzip(tar), xz(tar, "--check=sha256"), tar.subarray(0, 99)]) {
    for (let round = 0; round < 5; round++) await inspect(bytes).catch(() => {});
  }
  assert.ok(readdirSync("/proc/self/fd").length <= descriptors + 3);
});

// What is broken

async function assertRefused(reading: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(reading, (error) => {
    assert.ok(error instanceof FormatError, `${error}`);
    assert.match(error.message, /^Cannot look into archive ".*": .*, expected .*[^.]$/);
    assert.match(error.message, message);
    return true;
  });
}

test("inspect() refuses what is no archive, or broken before its root", async () => {
  const tar = makeTar([METADATA, TEMPLATE, INIT]);
  await assertRefused(inspect(new Uint8Array()), /an empty file/);
  await assertRefused(inspect(concat("hsqs", 600)), /begins with the bytes 68 73 71 73/);
  await assertRefused(inspect(xz(concat("no archive".repeat(99)))), /corrupt tar data/);
  await assertRefused(inspect(tar.subarray(0, 1024)), /cut short/);
  await assertRefused(inspect(xz(tar).subarray(0, 99)), /cut short/);
  await assertRefused(inspect(gzip(tar).subarray(0, 40)), /cut short/);
  await assertRefused(inspect(ZSTD_IMAGE.subarray(0, 40)), /cut short/);
});

test("inspect() refuses headers that would take much memory", async () => {
  const value = "x".repeat(9 << 20);
  const header = paxHeader(`${value.length + 20} path=${value}\n`);
  await assertRefused(inspect(header), /corrupt tar data \(Tar metadata entry exceeds/);
});

test("inspect() throws a StorageError for what is no file", async () => {
  mkdirSync(join(scratch, "directory"));
  for (const name of ["none", "directory"]) {
    const reading = createArchiveInspector().inspect(join(scratch, name));
    await assert.rejects(reading, (error) => {
      assert.ok(error instanceof StorageError, `${error}`);
      assert.match(error.message, /^Cannot look into archive ".*": .*[^.]$/);
      return true;
    });
  }
});

// The metadata of whole images

const LATE = [{ name: "rootfs/big", content: new Uint8Array(80 << 20) }, INIT, METADATA];

test("read() reads a metadata.yaml behind an image's root, as distrobuilder has it", async () => {
  const path = save(gzip(makeTar(LATE), "-1"));
  const reader = createMetadataReader();
  const { document } = await reader.read(path, { isImage: true });
  assert.deepEqual(document, { architecture: "x86_64" });
  await assert.rejects(reader.read(path), /no metadata.yaml in the first 67108864 unpacked bytes/);
});

test("read() reads an image no further than its metadata.yaml", async () => {
  const image = gzip(makeTar([METADATA, { name: "rootfs.img", content: noise(4 << 20) }]));
  const path = save(image.subarray(0, image.length / 2));
  const reader = createMetadataReader();
  const { document } = await reader.read(path, { isImage: true });
  assert.deepEqual(document, { architecture: "x86_64" });
  await assert.rejects(reader.read(path), /cut short/);
});

test("read() refuses an image whose metadata.yaml comes too late", async () => {
  const path = save(gzip(makeTar(LATE), "-1"));
  const reading = createMetadataReader({ imageBytes: 1 << 20 }).read(path, { isImage: true });
  await assert.rejects(reading, /no metadata.yaml in the first 1048576 unpacked bytes/);
});

/** A tar archive whose first entry is an extended header with this text. */
function paxHeader(text: string): Uint8Array {
  const tar = makeTar([{ name: "x", content: text }], ["-b1"]).slice();
  tar[156] = "x".charCodeAt(0);
  // The checksum is the sum of the header's bytes, its own eight taken for spaces
  tar.fill(32, 148, 156);
  const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  tar.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return tar;
}

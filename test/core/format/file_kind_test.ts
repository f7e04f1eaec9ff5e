import assert from "node:assert/strict";
import { test } from "node:test";
import { fileKindOf, HEAD_BYTES } from "../../../core/format/file_kind.ts";

/** The head of a file of zeros with some bytes at a place. */
function head(bytes: readonly number[], offset = 0): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  head.set(bytes, offset);
  return head;
}

const USTAR = [0x75, 0x73, 0x74, 0x61, 0x72];
const KINDS: readonly (readonly [string, Uint8Array, string])[] = [
  ["squashfs", head([0x68, 0x73, 0x71, 0x73]), "squashfs"],
  ["qcow2", head([0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3]), "qcow2"],
  ["xz", head([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), "archive"],
  ["gzip", head([0x1f, 0x8b, 8]), "archive"],
  ["zstd", head([0x28, 0xb5, 0x2f, 0xfd]), "archive"],
  ["tar", head(USTAR, 257), "archive"],
];

for (const [what, bytes, kind] of KINDS) {
  test(`fileKindOf() knows ${what}`, () => {
    assert.equal(fileKindOf(bytes).kind, kind);
  });
}

test("fileKindOf() knows squashfs that has the marks of a disk further in", () => {
  const bytes = head([0x68, 0x73, 0x71, 0x73]);
  bytes.set([0x55, 0xaa], 510);
  assert.equal(fileKindOf(bytes).kind, "squashfs");
});

const UNUSABLE: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ["an MBR", head([0x55, 0xaa], 510), /^a raw disk with an MBR; .*qemu-img convert -O qcow2/],
  ["a GPT", head([...new TextEncoder().encode("EFI PART")], 512), /^a raw disk with a GPT; .*qemu/],
  ["ext4", head([0x53, 0xef], 1080), /^a raw ext file system; .*qemu-img convert/],
  ["VMDK", head([0x4b, 0x44, 0x4d, 0x56]), /^a VMDK disk; .*qemu-img convert/],
  [
    "a backing file",
    head([0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 2]),
    /another file/,
  ],
  ["nothing", new Uint8Array(), /^empty; give squashfs/],
  ["text", new TextEncoder().encode("hello"), /bytes 68 65 6c 6c 6f; give squashfs/],
  ["zeros", head([]), /bytes 00 00 00 00 00 00; .*raw disk.*qemu-img convert/],
];

for (const [what, bytes, message] of UNUSABLE) {
  test(`fileKindOf() says what to do with ${what}`, () => {
    const kind = fileKindOf(bytes);
    assert.equal(kind.kind, "unusable");
    if (kind.kind === "unusable") assert.match(`${kind.what}; ${kind.advice}`, message);
  });
}

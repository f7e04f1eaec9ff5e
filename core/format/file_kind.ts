/** What a file is by its first bytes, as far as an image can be made of it. */
export type FileKind =
  | { readonly kind: "squashfs" | "qcow2" | "archive" }
  /** `what` completes "it is ..."; `advice` says what to do. */
  | { readonly kind: "unusable"; readonly what: string; readonly advice: string };

/** How many bytes `fileKindOf` looks at: to the superblock of ext4. */
export const HEAD_BYTES = 2048;

const CONVERT = "make one of it with qemu-img convert -O qcow2 FILE disk.qcow2";
const EXPECTED = "squashfs, qcow2 or a tar archive";

/** Disk images that clients do not take, by what they begin with: qemu's block/*.c. */
const OTHER_DISKS: readonly (readonly [magic: string, name: string])[] = [
  ["KDMV", "a VMDK disk"],
  ["COWD", "a VMDK disk"],
  ["vhdxfile", "a VHDX disk"],
  ["conectix", "a VHD disk"],
  ["<<< Oracle VM VirtualBox Disk Image >>>", "a VDI disk"],
  ["QED\0", "a QED disk"],
];

/** Where a disk or file system without a container has its mark. */
const RAW_DISKS: readonly (readonly [offset: number, magic: string, name: string])[] = [
  [512, "EFI PART", "a raw disk with a GPT"],
  [510, "\x55\xaa", "a raw disk with an MBR"],
  [1080, "\x53\xef", "a raw ext file system"],
  [0, "XFSB", "a raw XFS file system"],
];

/** Archives: xz, gzip, zstd, and tar's own mark in its first header. */
const ARCHIVES: readonly (readonly [offset: number, magic: string])[] = [
  [0, "\xfd7zXZ\0"],
  [0, "\x1f\x8b\x08"],
  [0, "\x28\xb5\x2f\xfd"],
  [257, "ustar"],
];

/**
 * Returns what a file is, told by its first `HEAD_BYTES`, whatever it is called.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { fileKindOf } from "./file_kind.ts";
 * assert.equal(fileKindOf(new TextEncoder().encode("hsqs")).kind, "squashfs");
 * assert.equal(fileKindOf(new TextEncoder().encode("KDMV")).kind, "unusable");
 * ```
 */
export function fileKindOf(head: Uint8Array): FileKind {
  const has = (magic: string, offset = 0) =>
    [...magic].every((character, index) => head[offset + index] === character.charCodeAt(0));
  if (has("hsqs")) return { kind: "squashfs" };
  // Before marks that lie further in, which the bytes of a packed file may have by chance
  if (has("QFI\xfb")) return qcow2Kind(head);
  if (ARCHIVES.some(([offset, magic]) => has(magic, offset))) return { kind: "archive" };
  const disk = OTHER_DISKS.find(([magic]) => has(magic))?.[1] ??
    RAW_DISKS.find(([offset, magic]) => has(magic, offset))?.[2];
  if (disk !== undefined) return { kind: "unusable", what: disk, advice: CONVERT };
  if (head.length === 0) return { kind: "unusable", what: "empty", advice: `give ${EXPECTED}` };
  const bytes = [...head.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, "0"));
  return {
    kind: "unusable",
    what: `a file that begins with the bytes ${bytes.join(" ")}`,
    advice: `give ${EXPECTED}; of a raw disk ${CONVERT}`,
  };
}

/** qemu docs/interop/qcow2.txt: bytes 8 to 15 are the place of the backing file's name, or zeros. */
function qcow2Kind(head: Uint8Array): FileKind {
  if (head.subarray(8, 16).every((byte) => byte === 0)) return { kind: "qcow2" };
  return {
    kind: "unusable",
    what: "a qcow2 disk that goes back to another file, which no client has",
    advice: CONVERT,
  };
}

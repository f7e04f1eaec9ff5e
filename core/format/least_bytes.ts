/** Returns bytes of a file from a place on; fewer at its end, none behind it. */
export type ReadBytesAt = (place: number, sizeBytes: number) => Uint8Array;

/**
 * Returns what is wrong with a file that ends before its image does, to complete "Cannot ...: "; undefined
 * when nothing is, or the file does not say.
 *
 * @param sizeBytes how many bytes it has
 */
export function whyCutOff(read: ReadBytesAt, sizeBytes: number): string | undefined {
  // Tables may say that they lie anywhere
  const least = leastBytesOf((place, wanted) =>
    place < sizeBytes ? read(place, wanted) : new Uint8Array()
  );
  if (least <= sizeBytes) return undefined;
  return `it ends after ${sizeBytes} bytes, expected at least ${least} by what is written in it; it is ` +
    "still being copied, or was cut off: copy it again";
}

const SQUASHFS_HEAD_BYTES = 96;
const QCOW2_HEAD_BYTES = 72;

/**
 * Returns how many bytes a squashfs or a qcow2 disk has at least, by what is written in it: one with
 * fewer has been cut off, or is still being copied. 0 for files that do not say.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { leastBytesOf } from "./least_bytes.ts";
 * const squashfs = new Uint8Array(96);
 * squashfs.set([0x68, 0x73, 0x71, 0x73]);
 * squashfs.set([4, 0, 0, 0], 28);
 * squashfs.set([0, 16], 40);
 * assert.equal(leastBytesOf((place, sizeBytes) => squashfs.slice(place, place + sizeBytes)), 4096);
 * ```
 */
export function leastBytesOf(read: ReadBytesAt): number {
  const head = viewOf(read(0, SQUASHFS_HEAD_BYTES));
  if (head.byteLength < QCOW2_HEAD_BYTES) return 0;
  const magic = head.getUint32(0);
  if (magic === 0x68737173) return squashfsBytes(head); // hsqs
  return magic === 0x514649fb ? qcow2Bytes(head, read) : 0; // QFI\xfb
}

// linux fs/squashfs/squashfs_fs.h: struct squashfs_super_block, little-endian. fs/squashfs/super.c mounts
// nothing that ends before bytes_used
function squashfsBytes(head: DataView): number {
  const isVersion4 = head.getUint16(28, true) === 4 && head.getUint16(30, true) === 0;
  if (head.byteLength < SQUASHFS_HEAD_BYTES || !isVersion4) return 0;
  return Number(head.getBigUint64(40, true));
}

const TABLE_BYTES = 65536;

// qemu docs/interop/qcow2.rst: all numbers are big-endian, and every table and cluster begins at a
// multiple of the cluster's size. The last one may end early: what is not written is zeros.
function qcow2Bytes(head: DataView, read: ReadBytesAt): number {
  const [version, clusterBits] = [head.getUint32(4), head.getUint32(20)];
  if (![2, 3].includes(version) || clusterBits < 9 || clusterBits > 21) return 0;
  const features = version === 3 && head.byteLength >= 80 ? head.getUint32(76) : 0;
  const [hasDataFile, hasSubclusters] = [(features & 4) !== 0, (features & 16) !== 0];
  const entryBytes = hasSubclusters ? 16 : 8;
  let last = 0;
  const tables = new Set<number>();
  const note = (place: number) => last = Math.max(last, place + 1);
  for (const { high, low } of entries(read, addressAt(head, 40), 8 * head.getUint32(36))) {
    const place = hostPlace(high, low);
    // Whatever is written: so all tables together are read at most as far as the file is long
    if (place !== 0) tables.add(place - place % 2 ** clusterBits);
  }
  for (const table of tables) {
    note(table);
    if (hasDataFile) continue;
    for (const { high, low, index } of entries(read, table, 2 ** clusterBits)) {
      // Of an entry with subclusters the second half is a map of them
      if ((index * 8) % entryBytes !== 0) continue;
      const isCompressed = (high & 0x40000000) !== 0;
      const place = isCompressed ? packedPlace(high, low, clusterBits) : hostPlace(high, low);
      if (place !== 0) note(place);
    }
  }
  return last;
}

/** The numbers of 64 bits in a table, in halves; those that lie behind the end of the file are not there. */
function* entries(read: ReadBytesAt, start: number, sizeBytes: number) {
  for (let done = 0; done < sizeBytes; done += TABLE_BYTES) {
    const wanted = Math.min(TABLE_BYTES, sizeBytes - done);
    const view = viewOf(read(start + done, wanted));
    for (let place = 0; place + 8 <= view.byteLength; place += 8) {
      const [high, low] = [view.getUint32(place), view.getUint32(place + 4)];
      yield { high, low, index: (done + place) / 8 };
    }
    if (view.byteLength < wanted) return;
  }
}

function addressAt(head: DataView, place: number): number {
  return head.getUint32(place) * 2 ** 32 + head.getUint32(place + 4);
}

/** Bits 9 to 55 of an entry: where a table or a cluster begins. */
function hostPlace(high: number, low: number): number {
  return (high & 0x00ffffff) * 2 ** 32 + (low - low % 512);
}

/** Of a compressed cluster the lowest bits are where it begins, 62 and the cluster's bits above 8 less. */
function packedPlace(high: number, low: number, clusterBits: number): number {
  const highBits = 62 - (clusterBits - 8) - 32;
  return (high % 2 ** highBits) * 2 ** 32 + low;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

import type { ArchiveFile, UnpackedPieces } from "./archive_file.ts";
import { BrokenArchive, corrupt } from "./broken_archive.ts";
import { Xxh64 } from "./xxh64.ts";
import { hasEndlessWeights } from "./zstd_weights.ts";

const BLOCK_BYTES = 131072; // RFC 8878 3.1.1.2: the most that a block holds, packed or not
const WINDOW_BYTES = 1 << 27; // what `zstd -d` grants without --long

/** Returns whether bytes start as a zstd frame does, a skippable one too. */
export function isZstd(head: Uint8Array): boolean {
  const number = head.length < 4
    ? 0
    : new DataView(head.buffer, head.byteOffset).getUint32(0, true);
  return number === 0xfd2fb528 || isSkippable(number);
}

/**
 * Unpacks a zstd file of one or more frames.
 * The frames are walked here: fzstd checks no checksum, trusts the sizes in a header, and does not
 * say where the archive ends.
 * @throws {BrokenArchive} when it is cut short or corrupt, takes too large a window or over `limitMs`
 */
export async function* unpackZstd(file: ArchiveFile, limitMs: number): UnpackedPieces {
  const deadline = performance.now() + limitMs;
  let place = 0;
  while (isZstd(file.bytesUpTo(place, 4))) {
    place = isSkippable(uint32(file, place))
      ? skippableEnd(file, place)
      : yield* unpackFrame(file, place, deadline);
  }
  return file.sizeBytes - place;
}

/**
 * Goes through a zstd file of one or more frames by the lengths in it, without unpacking it.
 * @throws {BrokenArchive} when it is cut short, or the lengths break the format
 */
export function walkZstd(file: ArchiveFile): void {
  let place = 0;
  while (isZstd(file.bytesUpTo(place, 4))) {
    place = isSkippable(uint32(file, place)) ? skippableEnd(file, place) : frameEnd(file, place);
  }
}

function frameEnd(file: ArchiveFile, start: number): number {
  const { endByte, checksumBytes } = readFrameHeader(file, start);
  let place = endByte;
  for (let last = false; !last;) ({ last, endByte: place } = readBlockHeader(file, place));
  file.bytes(place, checksumBytes);
  return place + checksumBytes;
}

function skippableEnd(file: ArchiveFile, start: number): number {
  const end = start + 8 + uint32(file, start + 4);
  file.bytes(end, 0);
  return end;
}

/** Returns the place after the frame. */
async function* unpackFrame(file: ArchiveFile, start: number, deadline: number): UnpackedPieces {
  const { Decompress } = await import("fzstd");
  const header = readFrameHeader(file, start);
  const sum = new Xxh64();
  let unpacked: Uint8Array[] = [];
  let sizeBytes = 0;
  const decoder = new Decompress((piece) => unpacked.push(piece));
  const push = (from: number, to: number, last: boolean) => {
    try {
      decoder.push(file.bytes(from, to - from).slice(), last);
    } catch (error) {
      if (error instanceof BrokenArchive) throw error;
      throw corrupt("zstd", error instanceof Error ? error.message : String(error), error);
    }
  };
  push(start, header.endByte, false);
  let place = header.endByte;
  for (let last = false; !last;) {
    // fzstd moves its window once a block and writes past a block's end: small data can take hours
    if (performance.now() >= deadline) {
      throw new BrokenArchive("zstd data that takes very long to unpack, expected ordinary data");
    }
    const block = readBlockHeader(file, place);
    last = block.last;
    const blockStart = place;
    place = block.endByte + (last ? header.checksumBytes : 0);
    push(blockStart, place, last);
    for (const piece of unpacked) {
      sum.update(piece);
      sizeBytes += piece.length;
      yield piece;
    }
    unpacked = [];
  }
  if (header.checksumBytes > 0 && uint32(file, place - 4) !== Number(sum.digest() & 0xffffffffn)) {
    throw corrupt("zstd", "checksum mismatch");
  }
  if (header.sizeBytes !== undefined && header.sizeBytes !== sizeBytes) {
    throw corrupt("zstd", "size mismatch");
  }
  return place;
}

/** RFC 8878 3.1.1.1. */
function readFrameHeader(file: ArchiveFile, start: number) {
  const flags = file.bytes(start + 4, 1)[0] ?? 0;
  const singleSegment = (flags & 0x20) !== 0;
  if (flags & 0x08) throw corrupt("zstd", "reserved flag set");
  let place = start + 5;
  const [descriptor = 0] = singleSegment ? [] : file.bytes(place++, 1);
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] ?? 0;
  if (file.bytes(place, dictionaryBytes).some((byte) => byte !== 0)) {
    throw new BrokenArchive("zstd data that takes a dictionary, expected none");
  }
  place += dictionaryBytes;
  const sizeFieldBytes = [singleSegment ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  const sizeField = file.bytes(place, sizeFieldBytes);
  const size = sizeField.reduceRight((value, byte) => value * 256 + byte, 0) +
    (sizeFieldBytes === 2 ? 256 : 0);
  const base = 2 ** (10 + (descriptor >> 3));
  const windowBytes = singleSegment ? size : base + (base / 8) * (descriptor & 7);
  if (windowBytes > WINDOW_BYTES) {
    throw new BrokenArchive(`a zstd window of ${windowBytes} bytes, expected at most 128 MiB`);
  }
  return {
    endByte: place + sizeFieldBytes,
    sizeBytes: sizeFieldBytes === 0 ? undefined : size,
    checksumBytes: flags & 0x04 ? 4 : 0,
  };
}

/** RFC 8878 3.1.1.2. */
function readBlockHeader(file: ArchiveFile, start: number) {
  const [low = 0, middle = 0, high = 0] = file.bytes(start, 3);
  const sizeBytes = (low >> 3) | (middle << 5) | (high << 13);
  const type = (low >> 1) & 3;
  if (sizeBytes > BLOCK_BYTES) throw corrupt("zstd", `block too large at byte ${start}`);
  // Type 1 is one byte that repeats
  const contentBytes = type === 1 ? 1 : sizeBytes;
  if (type === 2 && hasEndlessWeights(file.bytes(start + 3, contentBytes))) {
    throw corrupt("zstd", `one Huffman weight at byte ${start}`);
  }
  return { last: (low & 1) === 1, endByte: start + 3 + contentBytes };
}

function isSkippable(magic: number): boolean {
  return magic >= 0x184d2a50 && magic <= 0x184d2a5f;
}

function uint32(file: ArchiveFile, start: number): number {
  const bytes = file.bytes(start, 4);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

import type { ArchiveFile } from "./archive_file.ts";
import { corrupt } from "./broken_archive.ts";
import { crc32 } from "./crc32.ts";

/** Where the streams of an .xz file end, and what it takes to decode them. */
export interface XzLayout {
  /** The end of the last stream and its padding. */
  readonly endByte: number;
  /** What the built-in decoder does not know, as `a SHA-256 check`; undefined when it knows all. */
  readonly beyondDecoder: string | undefined;
}

// xz-file-format.txt 1.2.1, 2.1.1.2: the size of a block's check, by the number in the stream flags
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
const DECODER_CHECKS: readonly number[] = [0x00, 0x01, 0x04]; // none, CRC32, CRC64
const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const LZMA2 = 0x21;
const DECODER_DICTIONARY_BYTES = 1 << 26; // xz-decompress.c: xz_dec_init(XZ_DYNALLOC, 1 << 26)

/** Returns whether bytes start as an .xz stream does. */
export function isXz(head: Uint8Array): boolean {
  return MAGIC.every((byte, index) => head[index] === byte);
}

/**
 * Walks the structure of an .xz file without decoding it.
 * It alone can tell where the archive ends and rubbish starts: a decoder takes input by the piece.
 * Only headers are checked here, the decoder checks the rest.
 * @throws {BrokenArchive} when the file is cut short or breaks the format
 */
export function readXzLayout(file: ArchiveFile): XzLayout {
  let place = 0;
  let beyondDecoder: string | undefined;
  while (isXz(file.bytesUpTo(place, MAGIC.length))) {
    const check = readStreamHeader(file, place);
    if (!DECODER_CHECKS.includes(check)) {
      beyondDecoder ??= check === 0x0a ? "a SHA-256 check" : `check number ${check}`;
    }
    place += 12;
    while (file.bytes(place, 1)[0] !== 0) {
      const block = readBlock(file, place, CHECK_BYTES[check] ?? 0);
      beyondDecoder ??= block.beyondDecoder;
      place = block.endByte;
    }
    place = skipIndexAndFooter(file, place);
    // 2.2: stream padding is zeros, a multiple of four bytes
    while (isZeros(file.bytesUpTo(place, 4))) place += 4;
  }
  return { endByte: place, beyondDecoder };
}

function readStreamHeader(file: ArchiveFile, start: number): number {
  const [flags = 0, check = 0] = checkedBytes(file, start + MAGIC.length, 2, "stream header");
  if (flags !== 0 || check > 0x0f) throw corrupt("xz", `unknown stream flags at byte ${start + 6}`);
  return check;
}

/** Returns bytes that are followed by their CRC32. */
function checkedBytes(file: ArchiveFile, start: number, length: number, what: string): Uint8Array {
  const bytes = file.bytes(start, length + 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint32(length, true) !== crc32(bytes.subarray(0, length))) {
    throw corrupt("xz", `checksum mismatch in the ${what} at byte ${start}`);
  }
  return bytes.subarray(0, length);
}

function readBlock(file: ArchiveFile, start: number, checkBytes: number): XzLayout {
  // 3.1: the first byte says how long the header is, 4 bytes of CRC32 included
  const headerBytes = ((file.bytes(start, 1)[0] ?? 0) + 1) * 4;
  const header = checkedBytes(file, start, headerBytes - 4, "block header");
  const beyondDecoder = filtersBeyondDecoder(header, start);
  const dataEnd = skipLzma2(file, start + headerBytes);
  const padding = -(dataEnd - start) & 3;
  file.bytes(dataEnd, padding + checkBytes);
  return { endByte: dataEnd + padding + checkBytes, beyondDecoder };
}

function filtersBeyondDecoder(header: Uint8Array, start: number): string | undefined {
  const flags = header[1] ?? 0;
  let place = 2;
  const number = () => {
    const [value, next] = readNumber((index) => header[index], place);
    place = next;
    return value;
  };
  if (flags & 0x40) number(); // compressed size
  if (flags & 0x80) number(); // uncompressed size
  const filters = Array.from({ length: (flags & 3) + 1 }, () => {
    const id = number();
    const size = number();
    place += size;
    return { id, first: header[place - size] ?? 0 };
  });
  const last = filters[filters.length - 1];
  if (flags & 0x3c || last?.id !== LZMA2) throw corrupt("xz", `unknown filters at byte ${start}`);
  // 5.3.1: 2 or 3 times a power of two, 40 stands for 4 GiB
  const dictionaryBytes = (2 | (last.first & 1)) * 2 ** ((last.first >> 1) + 11);
  if (filters.length > 1) return `filter number ${filters[0]?.id} before LZMA2`;
  return dictionaryBytes > DECODER_DICTIONARY_BYTES ? "a dictionary over 64 MiB" : undefined;
}

/** Returns the place after LZMA2 data: chunks that say how long they are, then a zero byte. */
function skipLzma2(file: ArchiveFile, start: number): number {
  for (let place = start;;) {
    const control = file.bytes(place, 1)[0] ?? 0;
    if (control === 0) return place + 1;
    if (control > 2 && control < 0x80) throw corrupt("xz", `no LZMA2 chunk at byte ${place}`);
    // control, size - 1; or control, unpacked size - 1, size - 1, and properties from 0xc0 on
    const stored = control < 0x80;
    const [high = 0, low = 0] = file.bytes(place + (stored ? 1 : 3), 2);
    place += (stored ? 3 : control < 0xc0 ? 5 : 6) + high * 256 + low + 1;
  }
}

function skipIndexAndFooter(file: ArchiveFile, start: number): number {
  // 4: a zero byte, the number of records, two sizes a record, padding to 4, CRC32
  const byteAt = (index: number) => file.bytes(index, 1)[0];
  let [records, place] = readNumber(byteAt, start + 1);
  for (; records > 0; records--) place = readNumber(byteAt, readNumber(byteAt, place)[1])[1];
  place += (-(place - start) & 3) + 4;
  const footer = file.bytes(place, 12);
  if (footer[10] !== 0x59 || footer[11] !== 0x5a) {
    throw corrupt("xz", `no stream footer at byte ${place}`);
  }
  return place + 12;
}

/** Returns a number of 1.2 (7 bits a byte, the lowest first) and the place after it. */
function readNumber(
  byteAt: (index: number) => number | undefined,
  start: number,
): [value: number, next: number] {
  let value = 0;
  for (let index = 0; index < 9; index++) {
    const byte = byteAt(start + index);
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return [value, start + index + 1];
  }
  throw corrupt("xz", "a number without an end");
}

function isZeros(bytes: Uint8Array): boolean {
  return bytes.length === 4 && bytes.every((byte) => byte === 0);
}

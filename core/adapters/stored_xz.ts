import { crc32 } from "./crc32.ts";

// xz-file-format.txt 1.2.1, 2.1.1.2: no further stream flags, check by CRC32
const STREAM_FLAGS = [0x00, 0x01];
// 3.1 and 5.3.1: one filter, LZMA2, with the smallest dictionary, 4 KiB; the first byte says 12 bytes
const BLOCK_HEADER = [0x02, 0x00, 0x21, 0x01, 0x00, 0x00, 0x00, 0x00];
// 5.3.1, LZMA2 chunks: 1 is stored bytes after a dictionary reset, 2 without it; at most 64 KiB each
const CHUNK_BYTES = 65536;
const [FIRST_CHUNK, NEXT_CHUNK, END_OF_CHUNKS] = [0x01, 0x02, 0x00];

/**
 * Returns an .xz file that holds bytes as they are: clients know metadata by the name *.tar.xz, and
 * no encoder runs in both runtimes. The same bytes give the same file.
 */
export function storeXz(bytes: Uint8Array): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    const piece = bytes.subarray(start, start + CHUNK_BYTES);
    const last = piece.length - 1;
    chunks.push(
      Uint8Array.of(start === 0 ? FIRST_CHUNK : NEXT_CHUNK, last >> 8, last & 0xff),
      piece,
    );
  }
  const block = join(checked(BLOCK_HEADER), ...chunks, Uint8Array.of(END_OF_CHUNKS));
  const check = uint32(crc32(bytes));
  // 4: an indicator, one record with the block's size without its padding, and that of its content
  const record = [...number(block.length + check.length), ...number(bytes.length)];
  const index = checked([...padded(Uint8Array.of(0x00, ...number(1), ...record))]);
  // 2.1.2: the index's size in words of four bytes, less one
  const backward = [...uint32(index.length / 4 - 1), ...STREAM_FLAGS];
  return join(
    Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00),
    checked(STREAM_FLAGS),
    padded(block),
    check,
    index,
    uint32(crc32(Uint8Array.from(backward))),
    Uint8Array.of(...backward, 0x59, 0x5a),
  );
}

/** Bytes and their CRC32. */
function checked(bytes: readonly number[]): Uint8Array {
  const content = Uint8Array.from(bytes);
  return join(content, uint32(crc32(content)));
}

/** Bytes and zeros up to a multiple of four. */
function padded(bytes: Uint8Array): Uint8Array {
  return join(bytes, new Uint8Array(-bytes.length & 3));
}

/** 1.2: seven bits a byte, the lowest first. */
function number(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...number(Math.floor(value / 0x80))];
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let place = 0;
  for (const part of parts) {
    joined.set(part, place);
    place += part.length;
  }
  return joined;
}

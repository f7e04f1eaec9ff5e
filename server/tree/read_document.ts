import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type DocumentContent, isPackable } from "./document.ts";
import type { OpenFile } from "./open_inside.ts";

const READ_BYTES = 256 * 1024;
const MAX_PLAIN_BYTES = 4 * 1024 * 1024;

/**
 * Reads a document once from one descriptor: its digest, its bytes gzipped, and the plain ones when
 * they are few. Undefined when the file is shorter by now than when it was opened. Leaves it open.
 */
export async function readDocument(
  path: string,
  file: OpenFile,
): Promise<DocumentContent | undefined> {
  const isSmall = file.info.sizeBytes <= MAX_PLAIN_BYTES;
  const hash = createHash("sha256");
  const plain: Uint8Array<ArrayBuffer>[] = [];
  let readBytes = 0;
  async function* digested() {
    for await (const piece of readPieces(file)) {
      hash.update(piece);
      readBytes += piece.length;
      if (isSmall) plain.push(piece);
      yield piece;
    }
  }
  const gzip = isPackable(path) ? await pack(digested()) : await discard(digested());
  if (readBytes !== file.info.sizeBytes) return undefined;
  return {
    info: file.info,
    sha256: hash.digest("hex"),
    plain: isSmall ? joined(plain) : undefined,
    gzip,
  };
}

async function* readPieces({ handle, info }: OpenFile) {
  for (let position = 0; position < info.sizeBytes;) {
    const wanted = Math.min(READ_BYTES, info.sizeBytes - position);
    const buffer = Buffer.allocUnsafeSlow(wanted);
    const { bytesRead } = await handle.read(buffer, 0, wanted, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** In the runtime's own threads: packing a long document holds nobody up. */
async function pack(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const packed: Uint8Array<ArrayBuffer>[] = [];
  await pipeline(pieces, createGzip(), async (output) => {
    for await (const piece of output) packed.push(piece);
  });
  return joined(packed);
}

async function discard(pieces: AsyncIterable<Uint8Array>): Promise<undefined> {
  for await (const _piece of pieces);
}

/** A copy of its own size: nothing of a larger buffer is kept. */
function joined(pieces: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

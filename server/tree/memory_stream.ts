const CHUNK_BYTES = 256 * 1024;

/**
 * Returns a stream of bytes in pieces, so that a slow client has a piece on its connection and not a
 * copy of everything. The pieces are views of the bytes.
 */
export function streamBytes(
  bytes: Uint8Array<ArrayBuffer>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let position = 0;
  return new ReadableStream({
    pull(controller) {
      if (position === bytes.length) return controller.close();
      const chunk = bytes.subarray(position, position + CHUNK_BYTES);
      position += chunk.length;
      controller.enqueue(chunk);
    },
  }, { highWaterMark: 0 });
}

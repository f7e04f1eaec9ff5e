import type { FileHandle } from "node:fs/promises";
import type { Section } from "./byte_range.ts";

/** Measured over TLS: less costs calls, more costs memory and brings nothing. */
const CHUNK_BYTES = 512 * 1024;

/** A file's section on its way out. */
export interface FileStream {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Gives the file back, wherever the stream is; safe to call at any time and more than once. */
  readonly close: () => Promise<void>;
}

/**
 * Returns a stream of a section of a file. It owns the file and closes it at the section's end, when
 * it is cancelled and when it breaks. It never ends short: when the file does, or cannot be read, the
 * stream breaks.
 */
export function streamFile(handle: FileHandle, section: Section, options: {
  /** Told why the stream breaks. */
  readonly onBroken: (error: unknown) => void;
  /** Ends the connection, which cancels the stream; without it, the stream itself fails. */
  readonly hangUp?: () => void;
}): FileStream {
  const { onBroken, hangUp } = options;
  const end = section.start + section.lengthBytes;
  let position = section.start;
  let closing: Promise<void> | undefined;
  // Waits for a read under way: a descriptor is never given away while somebody reads from it.
  const close = () => closing ??= handle.close().catch(onBroken);

  async function pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) {
    if (position === end) {
      await close();
      return controller.close();
    }
    try {
      const chunk = await readChunk(handle, position, Math.min(CHUNK_BYTES, end - position));
      if (closing !== undefined) return;
      position += chunk.length;
      if (position === end) await close();
      controller.enqueue(chunk);
    } catch (error) {
      if (closing !== undefined) return;
      onBroken(error);
      await close();
      if (hangUp === undefined) controller.error(error);
      else hangUp();
    }
  }
  return { body: new ReadableStream({ pull, cancel: close }, { highWaterMark: 0 }), close };
}

async function readChunk(handle: FileHandle, position: number, lengthBytes: number) {
  const buffer = Buffer.allocUnsafeSlow(lengthBytes);
  const { bytesRead } = await handle.read(buffer, 0, lengthBytes, position);
  if (bytesRead > 0) return buffer.subarray(0, bytesRead);
  throw new Error(`the file ends after ${position} bytes, expected ${lengthBytes} more at least`);
}

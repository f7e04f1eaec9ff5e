import type { ArchiveFile, UnpackedPieces } from "./archive_file.ts";
import { StorageError } from "../errors.ts";
import { corrupt } from "./broken_archive.ts";
import { readXzLayout } from "./xz_layout.ts";
import { unpackByXzProgram } from "./xz_program.ts";

/**
 * Unpacks an .xz file, concatenated streams and stream padding included.
 * @throws {BrokenArchive} when it is cut short, corrupt, or needs an xz program that is not there
 */
export async function* unpackXz(file: ArchiveFile, xzProgram: string): UnpackedPieces {
  const { endByte, beyondDecoder } = readXzLayout(file);
  const packed = file.pieces(0, endByte);
  if (beyondDecoder === undefined) yield* decode(packed);
  else yield* unpackByXzProgram(packed, { xzProgram, reason: beyondDecoder });
  return file.sizeBytes - endByte;
}

async function* decode(packed: Iterator<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array> {
  const XzReadableStream = await loadDecoder();
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const step = packed.next();
      if (step.done) controller.close();
      else controller.enqueue(step.value);
    },
  });
  const reader = new XzReadableStream(source).getReader();
  try {
    for (;;) {
      const step = await readPiece(reader);
      if (step.done) return;
      yield step.value;
    }
  } finally {
    // The decoder is one for all: until its stream ends or is cancelled, the next one waits for it
    await reader.cancel().catch(() => {});
  }
}

async function readPiece(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch (error) {
    if (error instanceof StorageError) throw error;
    throw corrupt("xz", "a checksum or the structure does not match", error);
  }
}

async function loadDecoder(): Promise<typeof import("xz-decompress").XzReadableStream> {
  const module = await import("xz-decompress");
  if (module.XzReadableStream !== undefined) return module.XzReadableStream;
  // A UMD file: its exports are the default export in Node and Deno, which its types do not say
  return (module as unknown as { default: typeof module }).default.XzReadableStream;
}

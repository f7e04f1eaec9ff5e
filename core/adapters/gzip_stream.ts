import type { ArchiveFile, UnpackedPieces } from "./archive_file.ts";
import { StorageError } from "../errors.ts";
import { BrokenArchive, corrupt, cutShort } from "./broken_archive.ts";
import { crc32 } from "./crc32.ts";

/** Returns whether bytes start as a gzip member does: magic and the only method there is. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

/**
 * Unpacks a gzip file of one or more members.
 * Header and trailer are read here: zlib's own gunzip does not say where a member ends, and takes
 * bytes that follow it for damage in one runtime and for nothing in the other.
 * @throws {BrokenArchive} when it is cut short or corrupt
 */
export async function* unpackGzip(file: ArchiveFile): UnpackedPieces {
  let place = 0;
  while (isGzip(file.bytesUpTo(place, 3))) place = yield* unpackMember(file, place);
  return file.sizeBytes - place;
}

/** Returns the place after the member. */
async function* unpackMember(file: ArchiveFile, start: number): UnpackedPieces {
  const dataStart = skipHeader(file, start);
  let sum = 0;
  let sizeBytes = 0;
  const inflated = inflate(file, dataStart);
  let step = await inflated.next();
  for (; !step.done; step = await inflated.next()) {
    sum = crc32(step.value, sum);
    sizeBytes += step.value.length;
    yield step.value;
  }
  const trailerStart = dataStart + step.value;
  const trailer = file.bytes(trailerStart, 8);
  const view = new DataView(trailer.buffer, trailer.byteOffset);
  if (view.getUint32(0, true) !== sum) throw corrupt("gzip", "checksum mismatch");
  if (view.getUint32(4, true) !== sizeBytes % 2 ** 32) throw corrupt("gzip", "size mismatch");
  return trailerStart + 8;
}

/** RFC 1952 2.3: ten bytes, then what the flags announce. */
function skipHeader(file: ArchiveFile, start: number): number {
  const flags = file.bytes(start, 10)[3] ?? 0;
  if (flags & 0xe0) throw corrupt("gzip", `unknown flags at byte ${start + 3}`);
  let place = start + 10;
  if (flags & 0x04) {
    const [low = 0, high = 0] = file.bytes(place, 2);
    place += 2 + low + high * 256;
  }
  for (const text of [0x08, 0x10]) { // file name, comment
    if (flags & text) { while (file.bytes(place++, 1)[0] !== 0); }
  }
  return flags & 0x02 ? place + 2 : place;
}

/** Yields unpacked pieces; returns how many packed bytes they were. */
async function* inflate(file: ArchiveFile, start: number): UnpackedPieces {
  const [{ createInflateRaw }, { Readable }] = await Promise.all([
    import("node:zlib"),
    import("node:stream"),
  ]);
  const engine = createInflateRaw();
  const packed = Readable.from(file.pieces(start, file.sizeBytes));
  packed.on("error", (error) => engine.destroy(error));
  packed.pipe(engine);
  try {
    for await (const piece of engine) yield piece;
    return engine.bytesWritten;
  } catch (error) {
    if (error instanceof StorageError || error instanceof BrokenArchive) throw error;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "Z_BUF_ERROR") throw cutShort(file.sizeBytes);
    throw corrupt("gzip", error instanceof Error ? error.message : String(error), error);
  } finally {
    packed.destroy();
    engine.destroy();
  }
}

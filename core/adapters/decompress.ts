import type { ArchiveFile, UnpackedPieces } from "./archive_file.ts";
import { BrokenArchive } from "./broken_archive.ts";
import { isGzip, unpackGzip } from "./gzip_stream.ts";
import { isXz } from "./xz_layout.ts";
import { unpackXz } from "./xz_stream.ts";
import { isZstd, unpackZstd } from "./zstd_stream.ts";

const WANTED = "expected a tar archive, packed with xz, gzip or zstd or not at all";
const TAR_BLOCK_BYTES = 512;

/** What unpacking depends on besides the archive. */
export interface UnpackOptions {
  /** The program for .xz files that the built-in decoder cannot unpack. */
  readonly xzProgram: string;
  /** How long unpacking zstd data may take. */
  readonly zstdMs: number;
}

/** What unpacking depends on, for everything but tests. */
export const UNPACKING: UnpackOptions = { xzProgram: "xz", zstdMs: 60_000 };

/**
 * Returns the tar archive in a file, unpacked by what its first bytes say it is packed with.
 * @throws {BrokenArchive} when they say nothing known; later, when the packed data is broken
 */
export function unpackArchive(
  file: ArchiveFile,
  { xzProgram, zstdMs }: UnpackOptions,
): UnpackedPieces {
  const head = file.bytesUpTo(0, TAR_BLOCK_BYTES).slice();
  if (isXz(head)) return unpackXz(file, xzProgram);
  if (isGzip(head)) return unpackGzip(file);
  if (isZstd(head)) return unpackZstd(file, zstdMs);
  // POSIX.1 ustar and GNU tar: `ustar` at byte 257 of a header
  if (new TextDecoder("latin1").decode(head.subarray(257, 262)) === "ustar") return readPlain(file);
  if (head.length === 0) throw new BrokenArchive(`an empty file, ${WANTED}`);
  const bytes = Array.from(head.subarray(0, 6), (byte) => byte.toString(16).padStart(2, "0"));
  throw new BrokenArchive(`begins with the bytes ${bytes.join(" ")}, ${WANTED}`);
}

/** A tar archive consists of whole blocks, so a part of one at the end is not of it. */
async function* readPlain(file: ArchiveFile): UnpackedPieces {
  const trailingBytes = file.sizeBytes % TAR_BLOCK_BYTES;
  yield* file.pieces(0, file.sizeBytes - trailingBytes);
  return trailingBytes;
}

import type { ParsedTarEntry } from "modern-tar";
import type { UnpackedPieces } from "./archive_file.ts";
import { BrokenArchive } from "./broken_archive.ts";
import { AHEAD_BYTES, walkTar } from "./tar_walk.ts";

/** How much of an archive is read before it is refused. */
export interface ArchiveLimits {
  /** The largest metadata.yaml. */
  readonly metadataBytes: number;
  /** Unpacked bytes before metadata.yaml is found. */
  readonly searchBytes: number;
  /** Unpacked bytes of the whole archive. */
  readonly totalBytes: number;
}

const METADATA_NAME = /^(\.\/)?metadata\.yaml\/*$/;

/** Returns whether an entry of a tar archive has the place of metadata.yaml. */
export function isMetadataName(name: string): boolean {
  return METADATA_NAME.test(name);
}

/**
 * Returns the bytes of the first metadata.yaml of a tar archive, and how many bytes of the file are
 * not of the archive. It is read to its end, unless `isImage`: no further than metadata.yaml then.
 * @throws {BrokenArchive} when there is none, or anything is broken or beyond the limits
 */
export async function findMetadata(
  pieces: UnpackedPieces,
  options: ArchiveLimits & { readonly isImage: boolean },
): Promise<{ readonly bytes: Uint8Array; readonly trailingBytes: number }> {
  const { metadataBytes, searchBytes, totalBytes, isImage } = options;
  let isFound = false;
  let bytes: Uint8Array | undefined;
  const trailingBytes = await walkTar(pieces, {
    async visit(entry) {
      if (isFound || !isMetadataName(entry.header.name)) return true;
      isFound = true;
      bytes = await readMetadata(entry, metadataBytes);
      return !isImage;
    },
    onUnpacked(unpackedBytes) {
      if (!isFound && unpackedBytes > searchBytes + AHEAD_BYTES) {
        const problem = `no metadata.yaml in the first ${searchBytes} unpacked bytes`;
        throw new BrokenArchive(`${problem}, expected it there`);
      }
      if (unpackedBytes > totalBytes) {
        throw new BrokenArchive(`unpacks to more than ${totalBytes} bytes, expected at most that`);
      }
      return true;
    },
  });
  if (bytes !== undefined) return { bytes, trailingBytes };
  throw new BrokenArchive("no metadata.yaml in it, expected one at its top");
}

async function readMetadata({ header, body }: ParsedTarEntry, limit: number): Promise<Uint8Array> {
  if (header.type !== "file") {
    throw new BrokenArchive(`metadata.yaml is a ${header.type}, expected a regular file`);
  }
  if (header.size > limit) {
    throw new BrokenArchive(`metadata.yaml of ${header.size} bytes, expected at most ${limit}`);
  }
  const bytes = new Uint8Array(header.size);
  const reader = body.getReader();
  let place = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return bytes;
    bytes.set(value, place);
    place += value.length;
  }
}

import type { ByteReader } from "../ports.ts";
import { ArchiveFile } from "./archive_file.ts";

/** Returns a reader of some bytes of files. */
export function createByteReader(): ByteReader {
  return {
    readAt(path, place, sizeBytes) {
      const file = new ArchiveFile(path, "read");
      try {
        return place < file.sizeBytes ? file.bytesUpTo(place, sizeBytes).slice() : new Uint8Array();
      } finally {
        file.close();
      }
    },
  };
}

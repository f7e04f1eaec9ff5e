import type { HeadReader } from "../ports.ts";
import { ArchiveFile } from "./archive_file.ts";

/** Returns a reader of the first bytes of files. */
export function createHeadReader(): HeadReader {
  return {
    readHead(path, sizeBytes) {
      const file = new ArchiveFile(path, "read");
      try {
        return file.bytesUpTo(0, sizeBytes).slice();
      } finally {
        file.close();
      }
    },
  };
}

import { printable } from "../format/text.ts";
import { FormatError } from "../errors.ts";
import type { MetadataArchive, MetadataReader } from "../ports.ts";
import { ArchiveFile } from "./archive_file.ts";
import { BrokenArchive } from "./broken_archive.ts";
import { unpackArchive, type UnpackOptions } from "./decompress.ts";
import { parseMetadataYaml } from "./metadata_yaml.ts";
import { type ArchiveLimits, findMetadata } from "./tar_search.ts";

const LIMITS: ArchiveLimits = {
  metadataBytes: 1 << 20,
  searchBytes: 64 << 20,
  totalBytes: 1 << 30,
};

const UNPACKING: UnpackOptions = { xzProgram: "xz", zstdMs: 60_000 };

/** What can be set on a metadata reader; the defaults are for everything but tests. */
export type MetadataReaderOptions = Partial<ArchiveLimits & UnpackOptions>;

/**
 * Returns a reader of metadata tarballs that reads each archive to its end, in small pieces and
 * into memory alone. What it takes from packages is loaded when the first archive is read.
 */
export function createMetadataReader(options: MetadataReaderOptions = {}): MetadataReader {
  const settings = { ...LIMITS, ...UNPACKING, ...options };
  return {
    async read(path: string): Promise<MetadataArchive> {
      const file = new ArchiveFile(path);
      try {
        const pieces = unpackArchive(file, settings);
        const { bytes, trailingBytes } = await findMetadata(pieces, settings);
        return { document: await parseMetadataYaml(bytes), trailingBytes };
      } catch (error) {
        throw error instanceof BrokenArchive ? toFormatError(error, path) : error;
      } finally {
        file.close();
      }
    },
  };
}

function toFormatError(error: BrokenArchive, path: string): FormatError {
  return new FormatError(
    `Cannot read metadata archive "${printable(path)}": ${printable(error.message)}`,
    { path, ...error.where },
    { cause: error.cause ?? error },
  );
}

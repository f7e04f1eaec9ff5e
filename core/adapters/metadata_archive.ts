import { printable } from "../format/text.ts";
import { FormatError } from "../errors.ts";
import type { MetadataArchive, MetadataReader } from "../ports.ts";
import { ArchiveFile } from "./archive_file.ts";
import { BrokenArchive } from "./broken_archive.ts";
import { unpackArchive } from "./decompress.ts";
import { parseMetadataYaml } from "./metadata_yaml.ts";
import { type ArchiveLimits, findMetadata } from "./tar_search.ts";

const LIMITS: ArchiveLimits = {
  metadataBytes: 1 << 20,
  searchBytes: 64 << 20,
  totalBytes: 1 << 30,
};

/** What can be set on a metadata reader; the defaults are for everything but tests. */
export interface MetadataReaderOptions {
  readonly limits?: Partial<ArchiveLimits>;
  /** The program for .xz files that the built-in decoder cannot unpack; `xz` by default. */
  readonly xzProgram?: string;
}

/**
 * Returns a reader of metadata tarballs that reads each archive to its end, in small pieces and
 * into memory alone. What it takes from packages is loaded when the first archive is read.
 */
export function createMetadataReader(options: MetadataReaderOptions = {}): MetadataReader {
  const limits = { ...LIMITS, ...options.limits };
  const xzProgram = options.xzProgram ?? "xz";
  return {
    async read(path: string): Promise<MetadataArchive> {
      const file = new ArchiveFile(path);
      try {
        const pieces = unpackArchive(file, xzProgram);
        const { bytes, trailingBytes } = await findMetadata(pieces, limits);
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

import type { MetadataReader } from "../archive_ports.ts";
import { unpackArchive, UNPACKING, type UnpackOptions } from "./decompress.ts";
import { parseMetadataYaml } from "./metadata_yaml.ts";
import { type ArchiveLimits, findMetadata } from "./tar_search.ts";
import { withArchive } from "./with_archive.ts";

const LIMITS: ArchiveLimits = {
  metadataBytes: 1 << 20,
  searchBytes: 64 << 20,
  totalBytes: 2 ** 30,
};

/** distrobuilder appends metadata.yaml to a unified image's root, which may be a VM's raw disk. */
const IMAGE_BYTES = 64 * 2 ** 30;

/** What can be set on a metadata reader; the defaults are for everything but tests. */
export type MetadataReaderOptions =
  & Partial<ArchiveLimits & UnpackOptions>
  & {
    /** Unpacked bytes of a unified image before metadata.yaml is found. */
    readonly imageBytes?: number;
  };

/**
 * Returns a reader of metadata tarballs that reads each archive to its end, in small pieces and
 * into memory alone. What it takes from packages is loaded when the first archive is read.
 */
export function createMetadataReader(options: MetadataReaderOptions = {}): MetadataReader {
  const { imageBytes = IMAGE_BYTES, ...settings } = { ...LIMITS, ...UNPACKING, ...options };
  return {
    async read(path, { isImage = false } = {}) {
      const limits = isImage ? { searchBytes: imageBytes, totalBytes: Infinity } : {};
      return await withArchive(path, "read metadata archive", async (file) => {
        const pieces = unpackArchive(file, settings);
        const { bytes, trailingBytes } = await findMetadata(pieces, {
          ...settings,
          ...limits,
          isImage,
        });
        return { document: await parseMetadataYaml(bytes), trailingBytes };
      });
    },
  };
}

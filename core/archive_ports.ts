/** What the core needs from outside to make archives and look into them. Types only. */

/** A metadata tarball as it was read. */
export interface MetadataArchive {
  /** metadata.yaml with every scalar as text; of unknown shape. */
  readonly document: unknown;
  /**
   * Bytes that follow the complete archive and do not belong to it; 0 in a sound file, and in an
   * image that was not read to its end.
   */
  readonly trailingBytes: number;
}

/** Reads metadata.yaml out of a tarball: xz, gzip or zstd, told by its first bytes. */
export interface MetadataReader {
  /**
   * @throws {FormatError} when the archive is broken, cut short, too large to unpack or without metadata.yaml
   * @throws {StorageError} when the file cannot be read
   */
  read(path: string, options?: {
    /** Whether it is a unified image: larger, and not read further than its metadata.yaml. */
    readonly isImage?: boolean;
  }): Promise<MetadataArchive>;
}

/** Makes metadata tarballs. */
export interface MetadataPacker {
  /** The bytes of an incus.tar.xz with this metadata.yaml of this time; the same give the same. */
  pack(text: string, time: Date): Promise<Uint8Array>;
}

/** What an archive is, told by the names in it. */
export interface ArchiveContents {
  /** Whether there is a metadata.yaml at its top, as far as it was looked at. */
  readonly hasMetadata: boolean;
  /** Whether it was looked at to its end, so that what was not seen is not there. */
  readonly isWhole: boolean;
  /** `directory` for `rootfs/`, so a container; `disk` for `rootfs.img`, so a VM; undefined for neither. */
  readonly root: "directory" | "disk" | undefined;
}

/** Looks into archives without unpacking them to anywhere. */
export interface ArchiveInspector {
  /**
   * Tells what an archive holds. Reads it as far as metadata.yaml and the first name that says what
   * its root is, or to a limit of unpacked bytes: no archive takes long, or much memory.
   * @throws {FormatError} when it is no archive, or broken before that
   * @throws {StorageError} when the file cannot be read
   */
  inspect(path: string): Promise<ArchiveContents>;
  /**
   * Goes through an archive to its end, by what it is packed with; what is in it is not looked at, and
   * of one that is not packed nothing is told. Takes time in proportion to its unpacked size.
   * @throws {FormatError} when it is cut short, or broken
   * @throws {StorageError} when the file cannot be read
   */
  requireWhole(path: string): Promise<void>;
}

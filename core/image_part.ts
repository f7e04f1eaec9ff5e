import { FormatError, StorageError } from "./errors.ts";
import { fileKindOf, HEAD_BYTES } from "./format/file_kind.ts";
import {
  IMAGE_FILES,
  type ImageType,
  PUBLISHED_METADATA,
  PUBLISHED_UNIFIED,
  type PublishedMetadata,
} from "./format/image_files.ts";
import { type ReadBytesAt, whyCutOff } from "./format/least_bytes.ts";
import { printable } from "./format/text.ts";
import type { ArchiveInspector } from "./archive_ports.ts";
import type { ByteReader, TreeReader } from "./ports.ts";

/** What telling files apart needs from outside. */
export interface PartPorts {
  readonly reader: TreeReader;
  readonly bytes: ByteReader;
  readonly archives: ArchiveInspector;
}

/** A file, and what it is of an image. */
export interface ImagePart {
  readonly path: string;
  readonly role: "metadata" | "root" | "unified";
  /** What it makes of the image; metadata alone makes nothing of it. */
  readonly type: ImageType | undefined;
  /** The name that it gets in the tree. */
  readonly storedName: string;
}

/**
 * Returns what a file is of an image, told by what is in it, whatever it is called. Its name says one
 * thing alone: what begins with `lxd` is for LXD, if it is metadata or a unified image.
 *
 * @throws {FormatError} when it is nothing that an image is made of
 * @throws {StorageError} when it cannot be read
 */
export async function inspectPart(ports: PartPorts, path: string): Promise<ImagePart> {
  const sizeBytes = requireFile(ports.reader, path);
  const readAt: ReadBytesAt = (place, wanted) => ports.bytes.readAt(path, place, wanted);
  const cutOff = whyCutOff(readAt, sizeBytes);
  if (cutOff !== undefined) {
    throw new FormatError(`Cannot use "${printable(path)}": ${cutOff}`, { path });
  }
  const file = fileKindOf(readAt(0, HEAD_BYTES));
  switch (file.kind) {
    case "squashfs":
      return rootPart(path, "squashfs");
    case "qcow2":
      return rootPart(path, "disk-kvm.img");
    case "archive":
      return await archivePart(ports, path);
    case "unusable":
      throw new FormatError(
        `Cannot use "${
          printable(path)
        }": it is ${file.what}, expected a file of an image; ${file.advice}`,
        { path },
      );
  }
}

async function archivePart({ archives }: PartPorts, path: string): Promise<ImagePart> {
  const { hasMetadata, root } = await archives.inspect(path);
  // Metadata is read to its end when it is parsed
  if (root !== undefined || !hasMetadata) await archives.requireWhole(path);
  if (root === undefined) {
    if (!hasMetadata) return rootPart(path, "root.tar.xz");
    const storedName = ftypeFor(PUBLISHED_METADATA, path);
    return { path, role: "metadata", type: undefined, storedName };
  }
  const type = root === "disk" ? "virtual-machine" : "container";
  return { path, role: "unified", type, storedName: ftypeFor(PUBLISHED_UNIFIED, path) };
}

/** Metadata and unified images are called in the tree as their ftypes are. */
function ftypeFor(rows: readonly PublishedMetadata[], path: string): string {
  const client = path.slice(path.lastIndexOf("/") + 1).startsWith("lxd") ? "lxd" : "incus";
  const row = rows.find((candidate) => candidate.client === client);
  if (row === undefined) throw new RangeError(`Cannot name "${path}": no ftype for ${client}`);
  return row.ftype;
}

function rootPart(path: string, ftype: string): ImagePart {
  for (const row of IMAGE_FILES) {
    if (row.role !== "root" || row.ftype !== ftype) continue;
    return { path, role: "root", type: row.type, storedName: row.storedName };
  }
  throw new RangeError(`Cannot name "${path}": no file has the ftype ${ftype}`);
}

/** Returns how many bytes the file has. */
function requireFile(reader: TreeReader, path: string): number {
  const info = reader.stat(path);
  const kind = info?.kind;
  if (info?.kind === "file") return info.sizeBytes;
  const found = kind === undefined ? "there is no such file" : `it is a ${kind}`;
  throw new StorageError(
    kind === undefined ? "missing" : "other",
    path,
    `Cannot use "${printable(path)}": ${found}, expected a file of an image`,
  );
}

import type { ClientKind } from "./model.ts";

/** A metadata file: which clients look for it. */
export interface MetadataFile {
  readonly role: "metadata";
  readonly name: string;
  /** The name it gets when it is imported. */
  readonly storedName: string;
  readonly ftype: string;
  readonly key: string;
  readonly client: ClientKind;
}

/** A root file: a container's file system or a VM's disk. */
export interface RootFile {
  readonly role: "root";
  readonly name: string;
  readonly storedName: string;
  readonly ftype: string;
  readonly key: string;
  /** The fields of a metadata item that carry sha256(metadata, this file); the first one is ours. */
  readonly combinedFields: readonly [string, ...string[]];
}

/** One row of the table below. */
export type ImageFile = MetadataFile | RootFile;

// incus shared/simplestreams/products.go: ftypes and the fields that fingerprints are looked up in.
// `root.squashfs` is a fine key and a useless ftype: no client sees it.
const ROOT_TAR = {
  role: "root",
  storedName: "root.tar.xz",
  ftype: "root.tar.xz",
  key: "root.tar.xz",
  combinedFields: ["combined_rootxz_sha256", "combined_sha256"],
} as const;
const SQUASHFS = {
  role: "root",
  storedName: "root.squashfs",
  ftype: "squashfs",
  key: "root.squashfs",
  combinedFields: ["combined_squashfs_sha256"],
} as const;

/** The files that make an image, by name. Of two spellings of one role the earlier row wins. */
export const IMAGE_FILES: readonly ImageFile[] = [
  metadataFile("incus"),
  metadataFile("lxd"),
  { ...ROOT_TAR, name: "root.tar.xz" },
  { ...ROOT_TAR, name: "rootfs.tar.xz" },
  { ...SQUASHFS, name: "root.squashfs" },
  { ...SQUASHFS, name: "rootfs.squashfs" },
  {
    role: "root",
    name: "disk.qcow2",
    storedName: "disk.qcow2",
    ftype: "disk-kvm.img",
    key: "disk.qcow2",
    combinedFields: ["combined_disk-kvm-img_sha256"],
  },
];

const BY_NAME: ReadonlyMap<string, ImageFile> = new Map(
  IMAGE_FILES.map((file) => [file.name, file]),
);

/** Returns the table's row for a file name, or undefined for a file that is no part of an image. */
export function imageFileNamed(name: string): ImageFile | undefined {
  return BY_NAME.get(name);
}

/** Returns the metadata file of the other family of clients. */
export function otherMetadataFile(file: MetadataFile): MetadataFile {
  return metadataFile(file.client === "incus" ? "lxd" : "incus");
}

/** The files of one version that are used, each with its row, and those that another one beats. */
export interface SelectedFiles<File> {
  readonly metadata: readonly (readonly [MetadataFile, File])[];
  readonly roots: readonly (readonly [RootFile, File])[];
  /** Second spellings of a role: [the file that is passed over, the one that wins]. */
  readonly passedOver: readonly (readonly [string, string])[];
}

/**
 * Returns which of a version's files make its images, in the table's order.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { selectFiles } from "./image_files.ts";
 * const selected = selectFiles([{ name: "rootfs.squashfs" }, { name: "root.squashfs" }]);
 * assert.deepEqual(selected.passedOver, [["rootfs.squashfs", "root.squashfs"]]);
 * ```
 */
export function selectFiles<File extends { readonly name: string }>(
  files: readonly File[],
): SelectedFiles<File> {
  const metadata: [MetadataFile, File][] = [];
  const roots: [RootFile, File][] = [];
  const passedOver: [string, string][] = [];
  for (const row of IMAGE_FILES) {
    const file = files.find(({ name }) => name === row.name);
    if (file === undefined) continue;
    if (row.role === "metadata") {
      metadata.push([row, file]);
      continue;
    }
    const winner = roots.find(([root]) => root.key === row.key);
    if (winner === undefined) roots.push([row, file]);
    else passedOver.push([file.name, winner[1].name]);
  }
  return { metadata, roots, passedOver };
}

function metadataFile(client: ClientKind): MetadataFile {
  const name = `${client}.tar.xz`;
  return { role: "metadata", name, storedName: name, ftype: name, key: name, client };
}

import { isDeltaName, selectDeltas, type SelectedDeltas } from "./delta_files.ts";
import type { ClientKind } from "./model.ts";

/** What an image becomes when it is launched. */
export type ImageType = "container" | "virtual-machine";

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

/** A root as a document lists it: a container's file system or a VM's disk. */
export interface PublishedRoot {
  readonly ftype: string;
  readonly type: ImageType;
  /** The fields of a metadata item that carry sha256(metadata, this file); the first one is ours. */
  readonly combinedFields: readonly [string, ...string[]];
}

/** A root file of the tree. */
export interface RootFile extends PublishedRoot {
  readonly role: "root";
  readonly name: string;
  readonly storedName: string;
  readonly key: string;
}

/** Metadata or a whole unified image, as a document lists it for one family of clients. */
export interface PublishedMetadata {
  readonly ftype: string;
  readonly client: ClientKind;
}

/** A whole image in one file: metadata and root, in one archive of whatever packing. */
export interface UnifiedFile extends PublishedMetadata {
  readonly role: "unified";
  readonly name: string;
  readonly storedName: string;
  readonly key: string;
}

/** One row of the table below. */
export type ImageFile = MetadataFile | RootFile | UnifiedFile;

// incus shared/simplestreams/products.go: ftypes and the fields that fingerprints are looked up in.
// `root.squashfs` is a fine key and a useless ftype: no client sees it.
const ROOT_TAR = {
  role: "root",
  storedName: "root.tar.xz",
  ftype: "root.tar.xz",
  type: "container",
  key: "root.tar.xz",
  combinedFields: ["combined_rootxz_sha256", "combined_sha256"],
} as const;
const SQUASHFS = {
  role: "root",
  storedName: "root.squashfs",
  ftype: "squashfs",
  type: "container",
  key: "root.squashfs",
  combinedFields: ["combined_squashfs_sha256"],
} as const;
const DISK = {
  role: "root",
  storedName: "disk.qcow2",
  ftype: "disk-kvm.img",
  type: "virtual-machine",
  key: "disk.qcow2",
  combinedFields: ["combined_disk-kvm-img_sha256"],
} as const;

/** The files that make an image, by name. Of two spellings of one role the earlier row wins. */
export const IMAGE_FILES: readonly ImageFile[] = [
  metadataFile("incus"),
  metadataFile("lxd"),
  { ...ROOT_TAR, name: "root.tar.xz" },
  { ...ROOT_TAR, name: "rootfs.tar.xz" },
  { ...SQUASHFS, name: "root.squashfs" },
  { ...SQUASHFS, name: "rootfs.squashfs" },
  { ...DISK, name: "disk.qcow2" },
  unifiedFile("incus"),
  unifiedFile("lxd"),
];

/** The ftypes of metadata in documents, Incus's first. */
export const PUBLISHED_METADATA: readonly PublishedMetadata[] = IMAGE_FILES.flatMap((file) =>
  file.role === "metadata" ? [file] : []
);

/** The ftypes of roots in documents, each once: those of the tree, then those that only others publish. */
export const PUBLISHED_ROOTS: readonly PublishedRoot[] = [
  ...IMAGE_FILES.flatMap((file) =>
    file.role === "root" && file.name === file.storedName ? [file] : []
  ),
  foreignDisk("disk1.img", "combined_disk1-img_sha256"),
  foreignDisk("uefi1.img", "combined_uefi1-img_sha256"),
];

/**
 * Returns what clients take a unified image for, by its item's `combined_type`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { unifiedTypeOf } from "./image_files.ts";
 * assert.equal(unifiedTypeOf(undefined), "container");
 * ```
 */
// client-contract: honoured by Incus 7, ignored by Incus 6
export function unifiedTypeOf(combinedType: unknown): ImageType {
  return combinedType === "virtual-machine" ? "virtual-machine" : "container";
}

/** The ftypes of images in one file, Incus's first. */
export const PUBLISHED_UNIFIED: readonly PublishedMetadata[] = IMAGE_FILES.flatMap((file) =>
  file.role === "unified" ? [file] : []
);

const BY_NAME: ReadonlyMap<string, ImageFile> = new Map(
  IMAGE_FILES.map((file) => [file.name, file]),
);

/** The rows that a file of any name is taken for by its ending, when it is the only one of its kind. */
const BY_ENDING: readonly (readonly [ending: string, RootFile])[] = [
  [".squashfs", { ...SQUASHFS, name: "root.squashfs" }],
  [".qcow2", { ...DISK, name: "disk.qcow2" }],
];

/** Returns the table's row for a file name, or undefined for a file that the table does not name. */
export function imageFileNamed(name: string): ImageFile | undefined {
  return BY_NAME.get(name);
}

/**
 * Returns whether a file may be part of an image, by its name: one of the table, one that is taken for
 * a root by its ending, or a delta.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mayBeImageFile } from "./image_files.ts";
 * assert.equal(mayBeImageFile("ubuntu-noble.squashfs"), true);
 * assert.equal(mayBeImageFile("readme.txt"), false);
 * ```
 */
export function mayBeImageFile(name: string): boolean {
  if (BY_NAME.has(name) || isDeltaName(name)) return true;
  return !name.startsWith(".") && BY_ENDING.some(([ending]) => name.endsWith(ending));
}

/** Returns the metadata file of the other family of clients. */
export function otherMetadataFile(file: MetadataFile): MetadataFile {
  return metadataFile(otherClient(file));
}

/** Returns the unified image of the other family of clients. */
export function otherUnifiedFile(file: UnifiedFile): UnifiedFile {
  return unifiedFile(otherClient(file));
}

/** The files of one version that are used, each with its row, and those that are not. */
export interface SelectedFiles<File> extends SelectedDeltas<File> {
  readonly metadata: readonly (readonly [MetadataFile, File])[];
  readonly roots: readonly (readonly [RootFile, File])[];
  readonly unified: readonly (readonly [UnifiedFile, File])[];
  /** Files that could each be the one root of its kind, two or more; none of them is used. */
  readonly ambiguous: readonly string[];
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
  const unified: [UnifiedFile, File][] = [];
  const passedOver: (readonly [string, string])[] = [];
  const ambiguous: string[] = [];
  for (const row of IMAGE_FILES) {
    const file = files.find(({ name }) => name === row.name);
    if (file === undefined) continue;
    if (row.role === "metadata") metadata.push([row, file]);
    else if (row.role === "unified") unified.push([row, file]);
    else {
      const winner = roots.find(([root]) => root.key === row.key);
      if (winner === undefined) roots.push([row, file]);
      else passedOver.push([file.name, winner[1].name]);
    }
  }
  for (const [ending, row] of BY_ENDING) {
    if (roots.some(([root]) => root.key === row.key)) continue;
    const found = files.filter(({ name }) => !name.startsWith(".") && name.endsWith(ending));
    const [only] = found;
    if (only !== undefined && found.length === 1) roots.push([row, only]);
    else ambiguous.push(...found.map(({ name }) => name));
  }
  roots.sort(([a], [b]) => ROOT_ORDER.indexOf(a.key) - ROOT_ORDER.indexOf(b.key));
  const deltas = selectDeltas(files);
  passedOver.push(...deltas.passedOver);
  return { ...deltas, metadata, roots, unified, passedOver, ambiguous };
}

const ROOT_ORDER: readonly string[] = [ROOT_TAR.key, SQUASHFS.key, DISK.key];

function metadataFile(client: ClientKind): MetadataFile {
  const name = `${client}.tar.xz`;
  return { role: "metadata", name, storedName: name, ftype: name, key: name, client };
}

function unifiedFile(client: ClientKind): UnifiedFile {
  const name = `${client}_combined.tar.gz`;
  return { role: "unified", name, storedName: name, ftype: name, key: name, client };
}

function otherClient({ client }: { readonly client: ClientKind }): ClientKind {
  return client === "incus" ? "lxd" : "incus";
}

function foreignDisk(ftype: string, field: string): PublishedRoot {
  return { ftype, type: "virtual-machine", combinedFields: [field] };
}

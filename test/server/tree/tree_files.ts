import type { PublishedItem } from "../../../core/format/published_images.ts";

/** A version and files of it, and a document; what sha256sum says of them comes below. */
export const FOLDER = "images/debian/12/amd64/default/20240101_05:24";
export const DISK = `${FOLDER}/disk.qcow2`;
export const UNIFIED = `${FOLDER}/unified.tar.xz`;
export const INDEX = "streams/v1/index.json";
/** Everything in a root, and something that is not served. */
export const FILES = {
  [DISK]: "0123456789",
  [UNIFIED]: "unified\n",
  [`${FOLDER}/delta-1.vcdiff`]: "delta",
  [`${FOLDER}/notes.json`]: "{}",
  [`${FOLDER}/a b?+é`]: "odd",
  [INDEX]: '{"format":"index:1.0"}\n',
  "streams/v1/index.sjson": "signed",
  "other/file": "other",
};
// printf 0123456789 | sha256sum, echo unified | sha256sum, echo '{"format":"index:1.0"}' | sha256sum
export const DISK_SHA256 = "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882";
export const UNIFIED_SHA256 = "709a18707de1e9727731ba4da37dd97fa08c63956e638de3d8f7aa8970c6d8eb";
export const INDEX_SHA256 = "81670fe91bf494622fa523bf0e050da4f74fbe136cc55d2c4d256bded1a20482";
/** What a document may say of them. */
export const ITEMS: readonly PublishedItem[] = [
  { ftype: "disk-kvm.img", path: DISK, size: 10, sha256: DISK_SHA256 },
  { ftype: "incus_combined.tar.gz", path: UNIFIED, size: 8, sha256: UNIFIED_SHA256 },
  { ftype: "squashfs", path: `${FOLDER}/gone.squashfs`, size: 8, sha256: UNIFIED_SHA256 },
];
/** When they are from, as HTTP says it. */
export const LAST_MODIFIED = "Sat, 01 Jun 2024 12:00:00 GMT";

import { SimplestreamsError } from "./errors.ts";
import type { ImageType } from "./format/image_files.ts";
import { printable } from "./format/text.ts";
import type { ImagePart } from "./image_part.ts";

/** The files of one image. */
export interface ImageParts {
  readonly type: ImageType;
  /** The one whose metadata.yaml counts, so a unified image itself. */
  readonly metadata: ImagePart;
  /** All of them, metadata first. */
  readonly files: readonly ImagePart[];
}

/**
 * Returns the image that files make together, in whatever order they are given.
 *
 * @throws {SimplestreamsError} `USAGE` when they do not make one
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { joinParts } from "./image_parts.ts";
 * const root = { path: "a", role: "root", type: "container", storedName: "root.squashfs" } as const;
 * const metadata = { path: "b", role: "metadata", type: undefined, storedName: "c" } as const;
 * assert.deepEqual(joinParts([root, metadata]).files, [metadata, root]);
 * assert.throws(() => joinParts([root]), /it is a root without metadata/);
 * ```
 */
export function joinParts(parts: readonly ImagePart[]): ImageParts {
  const [first, second, ...others] = parts;
  if (first === undefined || others.length > 0) {
    throw new SimplestreamsError(
      "USAGE",
      `Cannot add ${parts.length} files at once, expected a unified image alone, or metadata and a root`,
    );
  }
  const unified = parts.find(({ role }) => role === "unified");
  if (unified?.type !== undefined && second === undefined) {
    return { type: unified.type, metadata: unified, files: parts };
  }
  if (unified !== undefined) {
    refuse(parts, `"${printable(unified.path)}" is a unified image`, "it alone");
  }
  const metadata = parts.filter(({ role }) => role === "metadata");
  const roots = parts.filter(({ role }) => role === "root");
  if (metadata.length > 1) {
    refuse(parts, "both are metadata", "one of them and a root: squashfs, qcow2 or a tarball");
  }
  if (roots.length > 1) refuse(parts, "both are roots", "one of them and its metadata tarball");
  const [[one], [root]] = [metadata, roots];
  if (root?.type === undefined) {
    refuse(parts, "it is metadata without a root", "a root after it: squashfs, qcow2 or a tarball");
  }
  if (one === undefined) {
    refuse(
      parts,
      "it is a root without metadata",
      "its metadata tarball after it, as simplestreams metadata makes one",
    );
  }
  return { type: root.type, metadata: one, files: [one, root] };
}

function refuse(parts: readonly ImagePart[], found: string, expected: string): never {
  const names = parts.map(({ path }) => `"${printable(path)}"`).join(" and ");
  throw new SimplestreamsError("USAGE", `Cannot add ${names}: ${found}, expected ${expected}`);
}

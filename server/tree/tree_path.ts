import { whyPathUnusable } from "../../core/format/text.ts";

// Linux: NAME_MAX; and PATH_MAX is 4096, of which the root needs a part.
const MAX_NAME_BYTES = 255;
const MAX_PATH_BYTES = 2048;

/**
 * Returns the names of a URL's path, decoded once, when they can lead to a file that is served:
 * one of the folders that clients see first, a file's name last. Undefined for every other path.
 *
 * @param pathname as it stands in the URL, percent-encoded, without query
 * @param folders `streams`, and the folders of streams
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { treePath } from "./tree_path.ts";
 * assert.deepEqual(treePath("/images/a%20b/disk.qcow2", ["images"]), ["images", "a b", "disk.qcow2"]);
 * assert.equal(treePath("/images/%2e%2e/secret", ["images"]), undefined);
 * ```
 */
export function treePath(
  pathname: string,
  folders: readonly string[],
): readonly string[] | undefined {
  if (!pathname.startsWith("/") || pathname.length > 3 * MAX_PATH_BYTES) return undefined;
  const names: string[] = [];
  let pathBytes = 0;
  for (const segment of pathname.slice(1).split("/")) {
    const name = decodeSegment(segment);
    if (name === undefined || !isServedName(name)) return undefined;
    pathBytes += Buffer.byteLength(name) + 1;
    names.push(name);
  }
  const isBelow = names.length > 1 && folders.includes(names[0] ?? "");
  return isBelow && pathBytes <= MAX_PATH_BYTES ? names : undefined;
}

/** Refuses what is not UTF-8, overlong forms and halves of surrogate pairs too. */
function decodeSegment(segment: string): string | undefined {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function isServedName(name: string): boolean {
  // A name that starts with "." is not finished or is nobody's business; "." and ".." are two of them.
  return name !== "" && !name.startsWith(".") && !/[/\\]/.test(name) &&
    Buffer.byteLength(name) <= MAX_NAME_BYTES && whyPathUnusable(name) === undefined;
}

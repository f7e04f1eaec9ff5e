import { whyPathUnusable } from "./text.ts";

/**
 * Returns why a path in a document reaches no file of the tree, or undefined. Such a path is never
 * looked up: it may lead out of the root.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { whyListedPathUnusable } from "./check_path.ts";
 * assert.equal(whyListedPathUnusable("images/a b/root.squashfs"), undefined);
 * assert.equal(whyListedPathUnusable("images/../../etc/passwd"), `has ".." in it and leads elsewhere`);
 * ```
 */
export function whyListedPathUnusable(path: string): string | undefined {
  if (path === "") return "is empty";
  // client-contract: relative to the base URL, no leading "/"
  if (path.startsWith("/")) return `starts with "/" and is no path below the root`;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) return "is a URL and no path below the root";
  const names = path.split("/");
  if (names.includes("..")) return `has ".." in it and leads elsewhere`;
  if (names.includes("") || names.includes(".")) return `has an empty name or "." between its "/"`;
  if (path.includes("\\")) return `has a "\\" in it, which clients send as it is or as "/"`;
  return whyPathUnusable(path);
}

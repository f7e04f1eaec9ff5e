/**
 * Returns a root as the core takes it, without a slash at its end; "" is the current directory.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { rootPath } from "./root_path.ts";
 * assert.equal(rootPath("/var/www/html/"), "/var/www/html");
 * assert.equal(rootPath("/"), "/.");
 * ```
 */
export function rootPath(text: string): string {
  const bare = text.replace(/\/+$/, "");
  return bare !== "" ? bare : text === "" ? "." : "/.";
}

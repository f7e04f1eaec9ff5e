/**
 * Returns whether a name in the tree is nobody's image: settings, caches and work under way start with
 * ".", and `lost+found` is where a file system of its own keeps what it has repaired, for root alone.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isPassedOver } from "./passed_over.ts";
 * assert.ok(isPassedOver(".requirements") && isPassedOver("lost+found"));
 * assert.ok(!isPassedOver("debian"));
 * ```
 */
export function isPassedOver(name: string): boolean {
  return name.startsWith(".") || name === "lost+found";
}

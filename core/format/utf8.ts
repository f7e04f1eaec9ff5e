import { textPlace } from "./json_fault.ts";
import { settingError } from "./yaml_node.ts";

/**
 * Refuses a settings file's text that had bytes in it which are not UTF-8: a decoder has put U+FFFD in
 * their place, and so they would be published.
 *
 * @throws {FormatError} with the line and column of the first of them
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { requireUtf8 } from "./utf8.ts";
 * const latin1 = new TextDecoder().decode(Uint8Array.of(0x6f, 0x73, 0x3a, 0x20, 0xe9));
 * assert.throws(() => requireUtf8(latin1, "image.yaml"), /line 1, column 5: .* expected UTF-8/);
 * assert.equal(requireUtf8("os: é", "image.yaml"), "os: é");
 * ```
 */
export function requireUtf8(text: string, path: string): string {
  const offset = text.indexOf("\ufffd");
  if (offset === -1) return text;
  const found = "found a byte that is part of no character, expected UTF-8";
  throw settingError(path, textPlace(text, offset), found);
}

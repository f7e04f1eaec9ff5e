import type { FileInfo } from "../../core/ports.ts";
import { parseHttpDate } from "./http_date.ts";

/** What validators say of a representation: one of a file's forms at one time. */
export interface Validators {
  /** Strong, in its quotes. */
  readonly etag: string;
  readonly mtimeMs: number;
}

/** Returns the strong tag of bytes that have this digest; a `coding` makes other bytes of them. */
export function digestTag(sha256: string, coding?: "gzip"): string {
  return coding === undefined ? `"${sha256}"` : `"${sha256}-${coding}"`;
}

/** Returns the strong tag of a file whose digest is not known. */
export function fileTag({ sizeBytes, mtimeMs, inode }: FileInfo): string {
  return `"${[sizeBytes, mtimeMs, inode].map((part) => part.toString(16)).join("-")}"`;
}

/**
 * Returns whether an `If-None-Match` header names the tag, weak or strong, or is `*`. A header that
 * breaks the syntax matches nothing.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isTagListed } from "./entity_tag.ts";
 * assert.ok(isTagListed('"a", W/"b"', '"b"'));
 * assert.ok(!isTagListed("b", '"b"'));
 * ```
 */
export function isTagListed(header: string, etag: string): boolean {
  const list = header.trim();
  if (list === "*") return true;
  // RFC 9110, 8.8.3: anything but a quote, controls and spaces, commas too
  if (!/^(?:[\s,]|(?:W\/)?"[^\s"]*"(?=[\s,]|$))*$/.test(list)) return false;
  return [...list.matchAll(/"[^"]*"/g)].some(([tag]) => tag === etag);
}

/** Returns whether an `If-Modified-Since` header is a date that the last change is not after. */
export function isUnmodifiedSince(header: string, mtimeMs: number): boolean {
  const since = parseHttpDate(header);
  return since !== undefined && wholeSeconds(mtimeMs) <= since;
}

/** Returns whether an `If-Range` header names exactly this representation; weak tags never do. */
export function isSameRange(header: string, { etag, mtimeMs }: Validators): boolean {
  const validator = header.trim();
  if (validator.startsWith('"')) return validator === etag;
  return parseHttpDate(validator) === wholeSeconds(mtimeMs);
}

/** HTTP dates have no finer unit. */
function wholeSeconds(timeMs: number): number {
  return Math.floor(timeMs / 1000) * 1000;
}

import { SimplestreamsError } from "../errors.ts";
import { printable } from "./text.ts";

/** The stream that every tree has: its folder, its document and its entry in the index. */
export const IMAGES_STREAM = "images";

const DOCUMENTS = "streams/v1";
// A folder that is served, the name of the index's own document, and what the service has for itself
const TAKEN = ["streams", "index", "api"];

/**
 * Returns where a stream's products document is, relative to the root.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { streamDocument } from "./stream.ts";
 * assert.equal(streamDocument("images-daily"), "streams/v1/images-daily.json");
 * ```
 */
export function streamDocument(stream: string): string {
  return `${DOCUMENTS}/${stream}.json`;
}

/**
 * Returns the stream whose document is at a path; undefined for a path that is no such document's.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { streamOfDocument } from "./stream.ts";
 * assert.equal(streamOfDocument("streams/v1/images-daily.json"), "images-daily");
 * assert.equal(streamOfDocument("streams/v1/index.json"), undefined);
 * ```
 */
export function streamOfDocument(path: string): string | undefined {
  const [, name] = /^streams\/v1\/([^/]+)\.json$/.exec(path) ?? [];
  return name !== undefined && whyStreamUnusable(name) === undefined ? name : undefined;
}

/**
 * Returns a stream's name as it was given.
 *
 * @throws {SimplestreamsError} `USAGE` when it cannot name a folder of the root and a document
 */
export function parseStream(name: string): string {
  const reason = whyStreamUnusable(name);
  if (reason === undefined) return name;
  throw new SimplestreamsError(
    "USAGE",
    `Cannot index the stream "${
      printable(name)
    }": ${reason}, expected the name of a folder beside ` +
      "images/",
  );
}

function whyStreamUnusable(name: string): string | undefined {
  if (name.startsWith(".")) return 'its name starts with "."';
  if (TAKEN.includes(name)) return "that name is taken";
  // It becomes a file's name in the caches of clients, and a part of addresses
  return /^[A-Za-z0-9._-]+$/.test(name)
    ? undefined
    : "its name has other characters than letters, digits, dots, dashes and underscores";
}

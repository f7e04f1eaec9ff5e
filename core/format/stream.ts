import { SimplestreamsError } from "../errors.ts";
import { printable, whyPathUnusable } from "./text.ts";

/** The stream that every tree has: its folder, its document and its entry in the index. */
export const IMAGES_STREAM = "images";

const DOCUMENTS = "streams/v1";
// A folder that is served, and the name of the index's own document
const TAKEN = ["streams", "index"];

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
  if (name === "") return "its name is empty";
  if (name.startsWith(".")) return 'its name starts with "."';
  if (name.includes("/")) return 'there is a "/" in its name';
  if (TAKEN.includes(name)) return "that name is taken";
  return whyPathUnusable(name);
}

import { SimplestreamsError } from "../errors.ts";
import { printable, whyPathUnusable } from "./text.ts";

/** An os, release, arch or variant of the tree, as a place for settings. */
export interface Level {
  /** One to four names, the os first. */
  readonly names: readonly string[];
  /** Relative to the root, as `images/debian/12`. */
  readonly folder: string;
}

const MAX_NAMES = 4;
const MAX_NAME_BYTES = 255;

/**
 * Returns the level that names lead to. Whether its folder is there is another question.
 *
 * @throws {SimplestreamsError} `NOT_FOUND` when no folder that is scanned can be called so
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseLevel } from "./level.ts";
 * assert.equal(parseLevel(["debian", "12"]).folder, "images/debian/12");
 * assert.throws(() => parseLevel(["..", "12"]), { code: "NOT_FOUND" });
 * ```
 */
export function parseLevel(names: readonly string[]): Level {
  if (names.length < 1 || names.length > MAX_NAMES) {
    throw new SimplestreamsError(
      "NOT_FOUND",
      `Cannot find "${printable(names.join("/"))}": ${names.length} names, expected one to four: ` +
        "os, release, arch and variant",
    );
  }
  for (const name of names) {
    const reason = whyLevelNameUnusable(name);
    if (reason === undefined) continue;
    throw new SimplestreamsError("NOT_FOUND", `Cannot find "${printable(name)}": ${reason}`);
  }
  return { names, folder: ["images", ...names].join("/") };
}

/**
 * Returns the folders of all levels down to one of them, the outermost first.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { levelFolders } from "./level.ts";
 * assert.deepEqual(levelFolders("images/debian/12"), ["images/debian", "images/debian/12"]);
 * ```
 */
export function levelFolders(folder: string): readonly string[] {
  const [top, ...names] = folder.split("/");
  return names.map((_, place) => [top, ...names.slice(0, place + 1)].join("/"));
}

function whyLevelNameUnusable(name: string): string | undefined {
  if (name === "") return "expected a name that is not empty";
  if (name.startsWith(".")) return 'expected a name that does not start with "."';
  for (const character of ["/", ":"]) {
    if (name.includes(character)) return `expected a name without "${character}"`;
  }
  if (new TextEncoder().encode(name).length > MAX_NAME_BYTES) {
    return `expected a name of at most ${MAX_NAME_BYTES} bytes`;
  }
  return whyPathUnusable(name);
}

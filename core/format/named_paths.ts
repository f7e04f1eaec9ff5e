import { tryParseJson } from "./json_text.ts";
import { readVersionName } from "./version_name.ts";

/** Files that documents name, by paths relative to the root. */
export interface NamedPaths {
  readonly files: ReadonlySet<string>;
  /** Whether a path is such a file, or a folder somewhere above one. */
  readonly reaches: (path: string) => boolean;
}

// Quotes in strings are escaped, so this is a key. Looked for in the text, as Go takes it in any case and
// the first of two equal ones too: what is missed here would be deleted.
const PATH = /"path"\s*:\s*("[^"\\]*(?:\\.[^"\\]*)*")/gi;
/** Names of the folder of a version: a top folder, os, release, arch, variant, version. */
const VERSION_DEPTH = 6;

/**
 * Returns the files that documents name in any place, each path without empty names, "." and "..".
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { namedPaths } from "./named_paths.ts";
 * const named = namedPaths(['{"items": {"a": {"path": "images//a/../b"}}}']);
 * assert.deepEqual([...named.files], ["images/b"]);
 * assert.ok(named.reaches("images") && !named.reaches("images/a"));
 * ```
 */
export function namedPaths(texts: readonly string[]): NamedPaths {
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const text of texts) {
    for (const [, json = ""] of text.matchAll(PATH)) {
      const path = resolvePath(String(tryParseJson(json)));
      files.add(path);
      for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
        const folder = path.slice(0, end);
        if (folders.has(folder)) break;
        folders.add(folder);
      }
    }
  }
  return { files, reaches: (path) => files.has(path) || folders.has(path) };
}

/**
 * Returns what is no longer named, sorted: a version's folder as one where nothing in it is, and else
 * files. Below `images/OS/RELEASE/ARCH/VARIANT`, or another top folder, a folder with a date is one.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { namedPaths, noLongerNamed } from "./named_paths.ts";
 * const folder = "images/debian/12/amd64/default/20240101";
 * const before = namedPaths([`{"a": {"path": "${folder}/a"}, "b": {"path": "images/b"}}`]);
 * assert.deepEqual(noLongerNamed(before, namedPaths([])), ["images/b", folder]);
 * ```
 */
export function noLongerNamed(before: NamedPaths, after: NamedPaths): readonly string[] {
  const gone = new Set<string>();
  for (const path of before.files) {
    if (after.files.has(path)) continue;
    const folder = versionFolderOf(path);
    gone.add(folder === undefined || after.reaches(folder) ? path : folder);
  }
  return [...gone].filter((path) => whyNotRemovable(path) === undefined).sort();
}

/**
 * Returns why nothing at a path may ever be removed as an image, or undefined.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { whyNotRemovable } from "./named_paths.ts";
 * assert.equal(whyNotRemovable("images/a.tar.xz"), undefined);
 * assert.equal(whyNotRemovable("images/.requirements"), 'a name in it starts with "."');
 * assert.equal(whyNotRemovable("images"), "it is no path below a folder of the root");
 * ```
 */
export function whyNotRemovable(path: string): string | undefined {
  const names = path.split("/");
  if (names.includes("") || names.length < 2) return "it is no path below a folder of the root";
  if (names.some((name) => name.startsWith("."))) return 'a name in it starts with "."';
  if (path.includes("\0")) return "a zero byte is in it";
  return names[0] === "streams" ? "the documents are there" : undefined;
}

/** Returns whether a path has the depth of a version's folder. */
export function isVersionDeep(path: string): boolean {
  return path.split("/").length === VERSION_DEPTH;
}

/** Returns whether a path has less than the depth of a version's folder. */
export function isAboveVersions(path: string): boolean {
  return path.split("/").length < VERSION_DEPTH;
}

function versionFolderOf(path: string): string | undefined {
  const names = path.split("/");
  const version = names[VERSION_DEPTH - 1] ?? "";
  if (names.length <= VERSION_DEPTH || readVersionName(version.slice(0, 8)) === undefined) {
    return undefined;
  }
  return names.slice(0, VERSION_DEPTH).join("/");
}

function resolvePath(path: string): string {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return names.join("/");
}

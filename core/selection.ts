import { SimplestreamsError } from "./errors.ts";
import { type Finding, warning } from "./format/finding.ts";
import { IMAGES_STREAM } from "./format/stream.ts";
import { isSettingsFile } from "./format/settings_files.ts";
import { printable, whyPathUnusable } from "./format/text.ts";

/** Products that a run is for; all others stay as they are published. */
export interface Selection {
  /** `os`, `os:release`, `os:release:arch` or whole ids; sorted, each once, never none. */
  readonly selectors: readonly string[];
  /** The folders that they name below that of any stream, as `debian/bookworm`. */
  readonly folders: ReadonlySet<string>;
  /** The folders above those, that of the stream itself as "". */
  readonly leading: ReadonlySet<string>;
}

const MOST_NAMES = 4;
const EXPECTED = 'expected 1 to 4 names joined by ":", as in "debian:bookworm"';

/**
 * Returns the selection of all products whose ids begin with one of these texts, name by name.
 *
 * @throws {SimplestreamsError} `USAGE` when there is none, or one can begin no id
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseSelection, selectsProduct } from "./selection.ts";
 * const selection = parseSelection(["ubuntu:24.04:amd64:default", "debian:12"]);
 * assert.deepEqual(selection.selectors, ["debian:12", "ubuntu:24.04:amd64:default"]);
 * assert.equal(selectsProduct(selection, "debian:12:arm64:cloud"), true);
 * assert.equal(selectsProduct(selection, "debian:1:arm64:cloud"), false);
 * ```
 */
export function parseSelection(texts: readonly string[]): Selection {
  if (texts.length === 0) {
    throw new SimplestreamsError("USAGE", `Cannot select products: none is named, ${EXPECTED}`);
  }
  const selectors = [...new Set(texts)].sort();
  const folders = new Set<string>();
  const leading = new Set([""]);
  for (const selector of selectors) {
    const names = selector.split(":");
    const reason = whyUnusable(names);
    if (reason !== undefined) {
      const message = `Cannot select products by "${printable(selector)}": ${reason}, ${EXPECTED}`;
      throw new SimplestreamsError("USAGE", message);
    }
    const levels = names.map((_, index) => names.slice(0, index + 1).join("/"));
    folders.add(folderOf(selector));
    for (const folder of levels.slice(0, -1)) leading.add(folder);
  }
  return { selectors, folders, leading };
}

/** Returns whether a path relative to the root is a selected folder or lies in one. */
export function isSelected(selection: Selection, path: string): boolean {
  return isInFolders(selection, belowStream(path));
}

/** Returns whether a product with this id, on disk or published, is selected. */
export function selectsProduct(selection: Selection, id: string): boolean {
  // An id with "/" is none of this tool's, and would name a folder that is not its own.
  return !id.includes("/") && isInFolders(selection, folderOf(id));
}

/** Returns whether a folder is selected, lies in one that is, or has one in it. */
export function leadsToSelected(selection: Selection, folder: string): boolean {
  const below = belowStream(folder);
  return selection.leading.has(below) || isInFolders(selection, below);
}

/**
 * Returns whether a run for the selection sees what is at a path: all in the selected folders, and
 * the settings files of those above.
 */
export function isLookedAt(selection: Selection, path: string): boolean {
  const below = belowStream(path);
  if (below === "" || isInFolders(selection, below)) return true;
  return isSettingsFile(path) && selection.leading.has(folderAbove(below));
}

/** Returns a finding for each selector that selects none of the products with these ids. */
export function findUnknown(
  selection: Selection,
  ids: Iterable<string>,
): readonly Finding[] {
  const unknown = new Set(selection.folders);
  for (const id of ids) {
    if (id.includes("/")) continue;
    for (const folder of foldersDownTo(folderOf(id))) unknown.delete(folder);
  }
  return [...unknown].map((folder) =>
    warning(
      "PRODUCT_UNKNOWN",
      `${IMAGES_STREAM}/${folder}`,
      "selects no product: there is none here, and none in the document that is published",
    )
  );
}

function whyUnusable(names: readonly string[]): string | undefined {
  if (names.length > MOST_NAMES) return `it has ${names.length} names`;
  for (const name of names) {
    if (name === "") return "one of its names is empty";
    if (name.includes("/")) return `"/" separates folders and is in none of their names`;
    if (name.startsWith(".")) return `folders whose names start with "." hold no products`;
    const reason = whyPathUnusable(name);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** Gives `a`, `a/b` and so on, the path itself at last. */
function* foldersDownTo(path: string): Generator<string> {
  for (let end = 0; end !== -1;) {
    end = path.indexOf("/", end + 1);
    yield end === -1 ? path : path.slice(0, end);
  }
}

function isInFolders(selection: Selection, below: string): boolean {
  for (const folder of foldersDownTo(below)) if (selection.folders.has(folder)) return true;
  return false;
}

/** The path without its first folder, which is that of the stream. */
function belowStream(path: string): string {
  const slash = path.indexOf("/");
  return slash === -1 ? "" : path.slice(slash + 1);
}

function folderAbove(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** Returns the folder of an id, or of the beginning of one, below that of a stream. */
function folderOf(id: string): string {
  return id.replaceAll(":", "/");
}

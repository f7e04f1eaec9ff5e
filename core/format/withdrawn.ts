import { FormatError } from "../errors.ts";
import { objectFields, tryParseJson } from "./json_text.ts";
import { whyNotRemovable } from "./named_paths.ts";
import { printable } from "./text.ts";

/** A file or folder of the tree, and what tells it from a later one at the same path. */
export interface Place {
  /** Relative to the root. */
  readonly path: string;
  /** Of the entry itself, as all here: symbolic links are not followed. */
  readonly inode: number;
  /** File systems give an inode again at once; a folder's time changes when a name comes or goes. */
  readonly mtimeMs: number;
}

/** What left the documents, and is to be removed later. */
export interface WithdrawnPlace extends Place {
  /** Since when no document names it; null while it is about to leave. */
  readonly since: Date | null;
}

/** What no document named when it was first seen. */
export interface OrphanedPlace extends Place {
  readonly since: Date;
}

/** What a root remembers of what is to be removed. */
export interface WithdrawnState {
  readonly withdrawn: readonly WithdrawnPlace[];
  readonly orphans: readonly OrphanedPlace[];
}

/** What is remembered at first. */
export const NOTHING_WITHDRAWN: WithdrawnState = { withdrawn: [], orphans: [] };

const FIELDS = ["inode", "mtime", "path", "since"];

/**
 * Returns whether an entry of a tree is the one that is remembered.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { isSamePlace } from "./withdrawn.ts";
 * const place = { path: "images/a", inode: 7, mtimeMs: 1000 };
 * assert.ok(isSamePlace({ inode: 7, mtimeMs: 1000 }, place));
 * assert.ok(!isSamePlace({ inode: 7, mtimeMs: 2000 }, place));
 * ```
 */
export function isSamePlace(
  entry: Omit<Place, "path"> | undefined,
  place: Omit<Place, "path">,
): boolean {
  // Node gives times as a double and Deno as whole milliseconds: the last one may differ.
  return entry?.inode === place.inode && Math.abs(entry.mtimeMs - place.mtimeMs) <= 1;
}

/**
 * Returns the state as text: sorted by path, an entry a line.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { NOTHING_WITHDRAWN, parseWithdrawn, withdrawnText } from "./withdrawn.ts";
 * const text = withdrawnText(NOTHING_WITHDRAWN);
 * assert.deepEqual(parseWithdrawn(text, "withdrawn.json"), NOTHING_WITHDRAWN);
 * ```
 */
export function withdrawnText({ withdrawn, orphans }: WithdrawnState): string {
  return `{"orphans":${entriesJson(orphans)},"withdrawn":${entriesJson(withdrawn)}}\n`;
}

function entriesJson(entries: readonly WithdrawnPlace[]): string {
  const lines = [...entries].sort((a, b) => a.path < b.path ? -1 : 1).map((entry) =>
    `\n{"inode":${entry.inode},"mtime":${entry.mtimeMs},"path":${JSON.stringify(entry.path)},` +
    `"since":${JSON.stringify(entry.since)}}`
  );
  return lines.length === 0 ? "[]" : `[${lines.join()}\n]`;
}

/**
 * Returns the state that a text holds. What it says is deleted one day, so nothing odd is let through.
 *
 * @param file where the text is from, relative to the root
 * @throws {FormatError} when anything in it is not as `withdrawnText` writes it
 */
export function parseWithdrawn(text: string, file: string): WithdrawnState {
  const fields = objectFields(tryParseJson(text));
  if (fields === undefined) refuse("it is no JSON object", 'one with "orphans" and "withdrawn"');
  const withdrawn = parseEntries(fields.get("withdrawn"), "withdrawn");
  const orphans = parseEntries(fields.get("orphans"), "orphans").map((entry) => {
    const { since } = entry;
    if (since !== null) return { ...entry, since };
    refuse(`"since" of the orphan "${printable(entry.path)}" is null`, "a time");
  });
  return { withdrawn, orphans };

  function parseEntries(value: unknown, list: string): readonly WithdrawnPlace[] {
    if (!Array.isArray(value)) refuse(`"${list}" is no list`, "a list of objects");
    const entries = value.map(parseEntry);
    const paths = new Set<string>();
    for (const { path } of entries) {
      if (paths.has(path)) refuse(`"${printable(path)}" is in "${list}" twice`, "each path once");
      paths.add(path);
    }
    return entries;
  }

  function parseEntry(value: unknown): WithdrawnPlace {
    const fields = objectFields(value);
    const [inode, mtimeMs, path, since] = FIELDS.map((name) => fields?.get(name));
    if (fields?.size !== FIELDS.length || typeof path !== "string") {
      refuse(`an entry is ${JSON.stringify(value)}`, `an object with ${FIELDS.join(", ")}`);
    }
    const named = printable(path);
    const why = whyNotRemovable(path);
    if (why !== undefined) refuse(`"${named}" is to be removed, and ${why}`, "a path of an image");
    if (!isInode(inode) || !isWhole(mtimeMs)) {
      refuse(`inode or mtime of "${named}" is no whole number`, "whole numbers");
    }
    if (since === null) return { path, inode, mtimeMs, since };
    const time = new Date(typeof since === "string" ? since : NaN);
    if (Number.isNaN(time.getTime()) || time.toISOString() !== since) {
      refuse(`"since" of "${named}" is ${JSON.stringify(since)}`, "null or a time in UTC");
    }
    return { path, inode, mtimeMs, since: time };
  }

  function refuse(found: string, expected: string): never {
    throw new FormatError(
      `Cannot read "${file}": ${found}, expected ${expected}; without this file nothing counts as ` +
        "withdrawn, and an index run publishes again what was",
      { path: file },
    );
  }
}

/** Some file systems use all 64 bits: as a double such a number is rounded, and still tells files apart. */
function isInode(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value);
}

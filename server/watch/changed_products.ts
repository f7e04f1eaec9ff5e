import { isSettingsFile } from "../../core/format/settings_files.ts";
import { IMAGES_STREAM } from "../../core/format/stream.ts";
import { whyPathUnusable } from "../../core/format/text.ts";

/** What a watch tells: a folder that came or went, or a name in a watched folder whose entry changed. */
export type WatchEvent =
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "entry"; readonly folder: string; readonly name: string };

/** Products that something happened to. */
export interface Change {
  /** `os:release:arch:variant`, the beginning of such ids, or "" for all products. */
  readonly selector: string;
  /** What must have settled before they are indexed, relative to the root. */
  readonly folder?: string;
}

/** How many names the path of a version's folder has: stream, os, release, arch, variant, version. */
export const VERSION_DEPTH = 6;
const ONLY_IMAGES: readonly string[] = [IMAGES_STREAM];

/**
 * Returns the products that an event concerns; undefined when it concerns none. Paths are relative
 * to the root, whose streams are in folders of their names. A name that no product can have leads to the level above, whose run reports it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { changedProducts } from "./changed_products.ts";
 * const folder = "images/debian/12/amd64/default/20240101";
 * const change = { selector: "debian:12:amd64:default", folder };
 * assert.deepEqual(changedProducts({ kind: "folder", path: folder }), change);
 * assert.deepEqual(changedProducts({ kind: "entry", folder, name: "disk.qcow2" }), change);
 * assert.equal(changedProducts({ kind: "entry", folder, name: ".items.json" }), undefined);
 * ```
 */
export function changedProducts(
  event: WatchEvent,
  streams: readonly string[] = ONLY_IMAGES,
): Change | undefined {
  const isBetween = (path: string, least: number, most: number) =>
    isFolderOf(streams, path, { least, most });
  if (event.kind === "folder") {
    return isBetween(event.path, 1, VERSION_DEPTH)
      ? { selector: selectorOf(event.path), folder: event.path }
      : undefined;
  }
  const { folder, name } = event;
  if (isSettingsFile(name) && isBetween(folder, 2, VERSION_DEPTH - 1)) {
    return { selector: selectorOf(folder) };
  }
  if (name === "" || name.startsWith(".")) return undefined;
  if (isBetween(folder, VERSION_DEPTH, VERSION_DEPTH)) {
    return { selector: selectorOf(folder), folder };
  }
  // A version that takes another's place: its name stays, so no folder comes or goes.
  return isBetween(folder, VERSION_DEPTH - 1, VERSION_DEPTH - 1)
    ? { selector: selectorOf(folder), folder: `${folder}/${name}` }
    : undefined;
}

/** Returns whether an os, release, arch or variant can be called so. */
export function isProductName(name: string): boolean {
  return name !== "" && !name.includes(":") && whyPathUnusable(name) === undefined;
}

/** Returns whether a path relative to the root may be that of a folder to watch. */
export function isWatched(path: string, streams: readonly string[] = ONLY_IMAGES): boolean {
  return path === "" || isFolderOf(streams, path, { least: 1, most: VERSION_DEPTH });
}

function isFolderOf(
  streams: readonly string[],
  path: string,
  { least, most }: { readonly least: number; readonly most: number },
): boolean {
  const names = path.split("/");
  return streams.includes(names[0] ?? "") && names.length >= least && names.length <= most &&
    !names.some((name) => name.startsWith("."));
}

function selectorOf(path: string): string {
  const names = path.split("/").slice(1, VERSION_DEPTH - 1);
  const unusable = names.findIndex((name) => !isProductName(name));
  return (unusable === -1 ? names : names.slice(0, unusable)).join(":");
}

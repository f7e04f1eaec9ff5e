import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { makeTempDirectory } from "../support/temp_directory.ts";
import { type Files, itemsOf, LONG_AGO, writeVersion } from "../support/trees.ts";

export const FOLDER = "debian/12/amd64/default/20240101_00:00";
export const PATH = `images/${FOLDER}`;
export const FILES: Files = { "incus.tar.xz": "metadata\n", "root.tar.xz": "container\n" };

/** Digests that are well-formed and false: seen in a document they show that a cache was believed. */
export const LIES = {
  metadata: "1".repeat(64),
  root: "2".repeat(64),
  both: "3".repeat(64),
} as const;

/** When a cache is written that the original left behind. */
export const LATER = new Date(LONG_AGO.getTime() + 60_000);
export const EARLIER = new Date(LONG_AGO.getTime() - 60_000);

/** Item key to item. */
export type Items = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A cache of the original tool for `FILES`, with digests that are false. */
export function falseItems(extra: Readonly<Record<string, unknown>> = {}): Items {
  const metadata = {
    ftype: "incus.tar.xz",
    path: `${PATH}/incus.tar.xz`,
    size: 9,
    sha256: LIES.metadata,
    combined_rootxz_sha256: LIES.both,
    combined_sha256: LIES.both,
    ...extra,
  };
  return {
    "incus.tar.xz": metadata,
    "lxd.tar.xz": { ...metadata, ftype: "lxd.tar.xz" },
    "root.tar.xz": {
      ftype: "root.tar.xz",
      path: `${PATH}/root.tar.xz`,
      size: 10,
      sha256: LIES.root,
      ...extra,
    },
  };
}

/** A tree of one version, and its cache. */
export function makeTree(
  test: TestContext,
  cache?: { readonly items: unknown; readonly at?: Date },
) {
  const root = makeTempDirectory(test);
  const folder = writeVersion(root, FOLDER, FILES);
  const path = join(folder, ".items.json");
  if (cache !== undefined) {
    writeFileSync(
      path,
      typeof cache.items === "string" ? cache.items : JSON.stringify(cache.items),
    );
    utimesSync(path, cache.at ?? LATER, cache.at ?? LATER);
  }
  return { root, folder, cache: path };
}

export function digestsOf(text: string) {
  const items = itemsOf(JSON.parse(text), FOLDER);
  const metadata = items["incus.tar.xz"];
  return {
    metadata: metadata?.sha256,
    root: items["root.tar.xz"]?.sha256,
    both: metadata?.combined_rootxz_sha256,
  };
}

/** By `printf 'metadata\n' | sha256sum` and so on. */
export const TRUTH = {
  metadata: "d99f5c6a7787cafbdb79e10d5eeca9777b43042cb0fcfa6c6be4f567f288913e",
  root: "22eba11afa61e1a5c3ff63b99cf17f52d660b77059bf9ee858b8f153db44f152",
  both: "4fa07f102050b84f861cf2245020013e6b550c4b18c67676b4d400203f5db6cc",
};

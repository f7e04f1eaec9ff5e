import { watch } from "chokidar";
import type { Stats } from "node:fs";
import { basename, join, relative } from "node:path";
import type { TreeReader } from "../../core/ports.ts";
import { isWatched, VERSION_DEPTH, type WatchEvent } from "./changed_products.ts";
import { ifReadable } from "./if_readable.ts";

/** A watch on all folders of a tree. */
export interface FolderWatch {
  /** Looks, every so often, after folders whose place another folder has taken. */
  look(): void;
  close(): Promise<void>;
}

/** How many looks in a row must find another folder: the watch may be about to find it by itself. */
const LOOKS_TO_BE_SURE = 4;

/**
 * Watches the folders of a tree, from the root down to the versions; not the files, which take twice
 * the memory: their changes are told by their folders.
 */
export function watchFolders(
  reader: Pick<TreeReader, "stat">,
  { root, streams }: { readonly root: string; readonly streams: readonly string[] },
  told: {
    readonly onEvent: (event: WatchEvent) => void;
    readonly onReady: () => void;
    /** Told once that there are folders that no event will come from. */
    readonly onBlind: () => void;
    readonly onError: (error: unknown) => void;
  },
): FolderWatch {
  const inodes = new Map<string, number | undefined>();
  /** Folders that were moved or removed since the last look. */
  const gone = new Set<string>();
  /** Folders that came since the look before the last one, and since the last. */
  let fresh = [new Set<string>(), new Set<string>()];
  /** Versions that are watched again at the next look. */
  let unwatched: readonly string[] = [];
  let doubts = 0;
  let isReady = false;

  const isIgnored = (path: string, stats?: Stats) =>
    !isWatched(relative(root, path), streams) ||
    stats !== undefined && !stats.isDirectory() && !stats.isSymbolicLink();
  const watcher = watch(root, { ignored: isIgnored, depth: VERSION_DEPTH, atomic: false });
  watcher.on("addDir", (path) => {
    const folder = relative(root, path);
    if (folder === "" || streams.includes(folder)) inodes.set(folder, inodeOf(folder));
    fresh[1]?.add(folder);
    // Whatever is there at first is for the full pass that comes after.
    if (isReady) told.onEvent({ kind: "folder", path: folder });
  });
  watcher.on("unlinkDir", (path) => {
    told.onEvent({ kind: "folder", path: relative(root, path) });
  });
  watcher.on("raw", (type: string, name: unknown, details: unknown) => {
    const path = watchedPathOf(details);
    if (path === undefined || typeof name !== "string") return;
    const folder = relative(root, path);
    // So a system tells of a watched folder itself that it was moved or removed; but Deno tells a new
    // folder that it came, too.
    const isItself = type === "rename" && name === basename(path);
    if (isItself && !fresh.some((folders) => folders.has(folder))) gone.add(folder);
    told.onEvent({ kind: "entry", folder, name });
  });
  watcher.on("error", told.onError);
  watcher.on("ready", () => {
    isReady = true;
    told.onReady();
  });

  /** What tells a folder from another at its place; undefined where there is none. */
  function inodeOf(folder: string): number | undefined {
    const info = ifReadable(() => reader.stat(join(root, folder)));
    return info?.kind === "directory" ? info.inode : undefined;
  }

  /** Whether the root or images/ is another folder than the watched one: a mount is no event. */
  function isElsewhere(): boolean {
    const isOther = ["", ...streams].some((folder) => {
      const inode = inodeOf(folder);
      return inode !== undefined && inode !== inodes.get(folder);
    });
    doubts = isOther ? doubts + 1 : 0;
    return doubts === LOOKS_TO_BE_SURE;
  }

  return {
    look() {
      if (!isReady) return;
      fresh = [...fresh.slice(1), new Set()];
      for (const folder of unwatched) {
        if (inodeOf(folder) !== undefined) watcher.add(join(root, folder));
      }
      unwatched = [];
      const back = [...gone].filter((folder) => inodeOf(folder) !== undefined);
      gone.clear();
      // A level takes all folders in it along.
      if (back.some((folder) => !isVersion(folder)) || isElsewhere()) return told.onBlind();
      // Not watched again at once: Deno ends the old watch later, and the new one with it.
      for (const folder of back) watcher.unwatch(join(root, folder));
      unwatched = back;
    },
    close: () => watcher.close(),
  };
}

function isVersion(folder: string): boolean {
  return folder.split("/").length === VERSION_DEPTH;
}

function watchedPathOf(details: unknown): string | undefined {
  if (typeof details !== "object" || details === null || !("watchedPath" in details)) {
    return undefined;
  }
  return typeof details.watchedPath === "string" ? details.watchedPath : undefined;
}

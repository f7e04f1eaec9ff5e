import { isStorageError } from "./errors.ts";
import { NO_DIGESTS, type VersionDigests, type VersionFiles } from "./format/digests.ts";
import { type Finding, warning } from "./format/finding.ts";
import {
  ITEMS_CACHE_NAME,
  itemsCacheText,
  type ReadItemsCache,
  readItemsCache,
} from "./format/items_cache.ts";
import type { TreeReader, TreeWriter } from "./ports.ts";
import type { ScannedFile } from "./scan.ts";

/** A version whose cache is read or written. */
export interface CachedVersion {
  /** Relative to the root. */
  readonly folder: string;
  readonly files: VersionFiles<ScannedFile>;
  readonly hasCache: boolean;
}

/** A cache that is not there, or is as good as none. */
export const NO_CACHE: ReadItemsCache = { digests: NO_DIGESTS, isOriginal: false };

/** Returns what a version's cache vouches for; an unreadable one is as good as none. */
export function readCache(
  reader: TreeReader,
  root: string,
  version: CachedVersion,
): ReadItemsCache {
  if (!version.hasCache) return NO_CACHE;
  const path = `${root}/${version.folder}/${ITEMS_CACHE_NAME}`;
  const mtimeMs = () => reader.stat(path)?.mtimeMs ?? 0;
  try {
    return readItemsCache(reader.readText(path), version.files, mtimeMs);
  } catch (error) {
    if (isStorageError(error)) return NO_CACHE;
    throw error;
  }
}

/** What became of a cache; "nothing" when there was nothing worth keeping. */
export type CacheOutcome = "written" | "nothing" | Finding;

/** Writes a version's cache. That it cannot be written is no error: the next run digests again. */
export function writeCache(
  writer: TreeWriter,
  version: CachedVersion & { readonly root: string },
  content: { readonly digests: VersionDigests; readonly now: Date },
): CacheOutcome {
  const text = itemsCacheText(version.folder, version.files, content);
  if (text === undefined) return "nothing";
  const path = `${version.folder}/${ITEMS_CACHE_NAME}`;
  try {
    // Never written through a name that is there: it may be a link to anywhere.
    if (version.hasCache) writer.removeFile(`${version.root}/${path}`);
    writer.createFile(`${version.root}/${path}`, [text]);
    return "written";
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return warning(
      "CACHE_NOT_WRITTEN",
      path,
      "fingerprints are not kept here, and perhaps elsewhere too, so the next run may compute " +
        `them again: ${error.message}`,
    );
  }
}

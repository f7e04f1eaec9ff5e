import { NO_DIGESTS, type ProvenDelta, type VersionDigests, type VersionFiles } from "./digests.ts";
import { type ImageType, unifiedTypeOf } from "./image_files.ts";
import { buildItems, itemJson, PROOF } from "./items.ts";
import { objectFields, tryParseJson } from "./json_text.ts";

/** A file of a version as a cache entry must match it. */
export interface CachedFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

/** The name of the fingerprint cache in a version's folder. */
export const ITEMS_CACHE_NAME = ".items.json";

/** A file younger than this may still change without a trace in its time stamp. */
export const SETTLE_MS = 2000;

const DIGEST = /^[0-9a-f]{64}$/;

/** Returns whether a file was touched so lately that its time stamp says nothing yet. */
export function isUnsettled(file: { readonly mtimeMs: number }, now: Date): boolean {
  return file.mtimeMs > now.getTime() - SETTLE_MS;
}

/** What a cache vouches for. */
export interface ReadItemsCache {
  readonly digests: VersionDigests;
  /** Whether some of it rests on the original tool's entries, which say less than ours. */
  readonly isOriginal: boolean;
}

/**
 * Returns the digests that a `.items.json` still vouches for; nothing when it is senseless.
 *
 * Entries of ours carry `mtime` and hold while size and mtime are the same. Entries of the original
 * tool carry none and hold while the size is the same and no file is younger than the cache.
 *
 * @param cacheMtimeMs when the cache was written; asked only for entries without `mtime`
 */
export function readItemsCache(
  text: string,
  files: VersionFiles<CachedFile>,
  cacheMtimeMs: () => number,
): ReadItemsCache {
  const entries = objectFields(tryParseJson(text));
  if (entries === undefined) return { digests: NO_DIGESTS, isOriginal: false };
  const all = [...files.metadata, ...files.roots, ...files.unified, ...files.deltas].map((
    [, file],
  ) => file);
  let original: boolean | undefined;
  const digests = digestsOfItems(entries, files, (fields, file) => {
    if (fields.get("size") !== file.sizeBytes) return false;
    const mtime = fields.get("mtime");
    if (mtime !== undefined) return mtime === file.mtimeMs;
    original ??= all.every((one) => one.mtimeMs <= cacheMtimeMs());
    return original;
  });
  return { digests, isOriginal: original === true };
}

/**
 * Returns the digests in a document's or a cache's items that `holds` accepts, by file name.
 * An entry stands for the file that its `path` ends in; digests that are no digests are passed over.
 */
export function digestsOfItems(
  entries: ReadonlyMap<string, unknown>,
  files: VersionFiles<CachedFile>,
  holds: (fields: ReadonlyMap<string, unknown>, file: CachedFile) => boolean,
): VersionDigests {
  const own = new Map<string, string>();
  const combined = new Map<string, Map<string, string>>();
  const found = new Map<string, ReadonlyMap<string, unknown>>();
  for (const entry of entries.values()) {
    const fields = objectFields(entry);
    const path = fields?.get("path");
    if (fields === undefined || typeof path !== "string") continue;
    found.set(path.slice(path.lastIndexOf("/") + 1), fields);
  }
  const held = (file: CachedFile): ReadonlyMap<string, unknown> | undefined => {
    const fields = found.get(file.name);
    return fields && digestIn(fields, "sha256") && holds(fields, file) ? fields : undefined;
  };
  const sound = (file: CachedFile): ReadonlyMap<string, unknown> | undefined => {
    const fields = held(file);
    const sha256 = fields && digestIn(fields, "sha256");
    if (sha256 !== undefined) own.set(file.name, sha256);
    return fields;
  };
  const roots = files.roots.filter(([, file]) => sound(file) !== undefined);
  for (const [, file] of files.metadata) {
    const fields = sound(file);
    if (fields === undefined) continue;
    const fingerprints = new Map<string, string>();
    for (const [row, root] of roots) {
      const fingerprint = digestIn(fields, row.combinedFields[0]);
      if (fingerprint !== undefined) fingerprints.set(root.name, fingerprint);
    }
    combined.set(file.name, fingerprints);
  }
  const types = new Map<string, ImageType>();
  for (const [, file] of files.unified) {
    const fields = sound(file);
    if (fields === undefined) continue;
    types.set(file.name, unifiedTypeOf(fields.get("combined_type")));
  }
  const deltas = new Map<string, ProvenDelta>();
  for (const [, file] of files.deltas) {
    const fields = held(file);
    const [sha256, baseSha256, targetSha256] = ["sha256", PROOF.base, PROOF.target].map((name) =>
      fields && digestIn(fields, name)
    );
    if (sha256 === undefined || baseSha256 === undefined || targetSha256 === undefined) continue;
    deltas.set(file.name, { sha256, baseSha256, targetSha256 });
  }
  return { own, combined, types, deltas };
}

function digestIn(fields: ReadonlyMap<string, unknown>, name: string): string | undefined {
  const digest = fields.get(name);
  return typeof digest === "string" && DIGEST.test(digest) ? digest : undefined;
}

/**
 * Returns the text of a version's `.items.json`: its items in the original tool's shape, each with
 * the file's `mtime`. Undefined when there is nothing that is worth keeping: what rests on a file
 * that was touched in the last two seconds is not written down.
 */
export function itemsCacheText(
  folder: string,
  files: VersionFiles<CachedFile>,
  content: { readonly digests: VersionDigests; readonly now: Date },
): string | undefined {
  const settled: VersionFiles<CachedFile> = {
    metadata: files.metadata.filter(([, file]) => !isUnsettled(file, content.now)),
    roots: files.roots.filter(([, file]) => !isUnsettled(file, content.now)),
    unified: files.unified.filter(([, file]) => !isUnsettled(file, content.now)),
    deltas: files.deltas.filter(([, file]) => !isUnsettled(file, content.now)),
  };
  const all = [...settled.metadata, ...settled.roots, ...settled.unified, ...settled.deltas];
  const byPath = new Map(all.map(([, file]) => [`${folder}/${file.name}`, file]));
  const items = buildItems(folder, settled, content.digests);
  if (items.length === 0) return undefined;
  const entries = items.map((item) => {
    const file = byPath.get(item.path);
    const extra = { mtimeMs: file?.mtimeMs, proven: content.digests.deltas.get(file?.name ?? "") };
    return `${JSON.stringify(item.key)}:${itemJson(item, extra)}`;
  });
  return `{${entries.join()}}\n`;
}

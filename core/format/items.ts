import type { ProvenDelta, VersionDigests, VersionFiles } from "./digests.ts";
import { otherMetadataFile, otherUnifiedFile, PUBLISHED_UNIFIED } from "./image_files.ts";
import type { Item } from "./model.ts";

/** A file of a version with what its item says of it. */
export interface SizedFile {
  readonly name: string;
  readonly sizeBytes: number;
}

/** The fields of a cache's entry that say what a delta was seen to make, and of what. */
export const PROOF = { base: "delta_base_sha256", target: "delta_target_sha256" } as const;

const NO_FINGERPRINTS: ReadonlyMap<string, string> = new Map();

/**
 * Returns a version's items, sorted by key. Items and fingerprints whose digests are not known are
 * left out, and so are deltas that are not proven. One metadata file or unified image alone is listed twice, so that both families of clients
 * find it.
 *
 * @param folder the version's folder relative to the root
 */
export function buildItems(
  folder: string,
  files: VersionFiles<SizedFile>,
  digests: VersionDigests,
): readonly Item[] {
  const items: Item[] = [];
  for (const [row, file] of files.metadata) {
    const sha256 = digests.own.get(file.name);
    if (sha256 === undefined) continue;
    const combined = new Map<string, string>();
    for (const [root, rootFile] of files.roots) {
      const fingerprint = digests.combined.get(file.name)?.get(rootFile.name);
      if (fingerprint === undefined) continue;
      for (const field of root.combinedFields) combined.set(field, fingerprint);
    }
    const path = `${folder}/${file.name}`;
    const rows = files.metadata.length === 1 ? [row, otherMetadataFile(row)] : [row];
    for (const { key, ftype } of rows) {
      items.push({ key, ftype, path, sizeBytes: file.sizeBytes, sha256, combined });
    }
  }
  for (const [row, file] of files.roots) {
    const sha256 = digests.own.get(file.name);
    if (sha256 === undefined) continue;
    items.push({
      key: row.key,
      ftype: row.ftype,
      path: `${folder}/${file.name}`,
      sizeBytes: file.sizeBytes,
      sha256,
      combined: NO_FINGERPRINTS,
    });
  }
  for (const [row, file] of files.unified) {
    const sha256 = digests.own.get(file.name);
    const type = digests.types.get(file.name);
    if (sha256 === undefined || type === undefined) continue;
    const rows = files.unified.length === 1 ? [row, otherUnifiedFile(row)] : [row];
    for (const { key, ftype } of rows) {
      const path = `${folder}/${file.name}`;
      const item = {
        key,
        ftype,
        path,
        sizeBytes: file.sizeBytes,
        sha256,
        combined: NO_FINGERPRINTS,
      };
      items.push(type === "container" ? item : { ...item, combinedType: type });
    }
  }
  for (const [row, file] of files.deltas) {
    const proven = digests.deltas.get(file.name);
    if (proven === undefined) continue;
    items.push({
      key: row.key,
      ftype: row.ftype,
      path: `${folder}/${file.name}`,
      sizeBytes: file.sizeBytes,
      sha256: proven.sha256,
      combined: NO_FINGERPRINTS,
      deltaBase: row.base,
    });
  }
  return items.sort((a, b) => a.key < b.key ? -1 : 1);
}

/** Returns the fingerprints of the images that an item stands for; none for the root of a split image. */
export function fingerprintsOf({ ftype, sha256, combined }: Item): readonly string[] {
  return PUBLISHED_UNIFIED.some((unified) => unified.ftype === ftype)
    ? [sha256]
    : [...combined.values()];
}

/**
 * Returns an item as JSON with sorted keys; with `extra` for a cache, never for a document.
 * Written by hand: a catalog has some 100,000 of them, and nothing but the path needs escaping.
 */
export function itemJson(
  item: Item,
  extra: { readonly mtimeMs?: number; readonly proven?: ProvenDelta } = {},
): string {
  let text = "{";
  for (const field of [...item.combined.keys()].sort()) {
    text += `"${field}":"${item.combined.get(field)}",`;
  }
  if (item.combinedType !== undefined) text += `"combined_type":"${item.combinedType}",`;
  if (item.deltaBase !== undefined) {
    text += `"delta_base":${JSON.stringify(item.deltaBase)},`;
    const { proven } = extra;
    if (proven !== undefined) {
      text += `"${PROOF.base}":"${proven.baseSha256}","${PROOF.target}":"${proven.targetSha256}",`;
    }
  }
  text += `"ftype":"${item.ftype}",`;
  if (extra.mtimeMs !== undefined) text += `"mtime":${extra.mtimeMs},`;
  return `${text}"path":${
    JSON.stringify(item.path)
  },"sha256":"${item.sha256}","size":${item.sizeBytes}}`;
}

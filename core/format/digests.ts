import type { DeltaFile } from "./delta_files.ts";
import type { ImageType, MetadataFile, RootFile, UnifiedFile } from "./image_files.ts";

/** A delta that was decoded: its own digest, and those of the very files that it makes one of the other. */
export interface ProvenDelta {
  readonly sha256: string;
  readonly baseSha256: string;
  readonly targetSha256: string;
}

/** What is known of a version's files, by file name; 64 lower-case hex digits each. */
export interface VersionDigests {
  /** sha256 of each file. */
  readonly own: ReadonlyMap<string, string>;
  /** Metadata file -> root file -> sha256 of one after the other. */
  readonly combined: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Unified file -> what its image is. */
  readonly types: ReadonlyMap<string, ImageType>;
  /** Delta -> what it was seen to make; those that were not decoded are not in it. */
  readonly deltas: ReadonlyMap<string, ProvenDelta>;
}

/** Nothing known yet. */
export const NO_DIGESTS: VersionDigests = {
  own: new Map(),
  combined: new Map(),
  types: new Map(),
  deltas: new Map(),
};

/** A version's files that are used, with their rows of the table. */
export interface VersionFiles<File extends { readonly name: string }> {
  readonly metadata: readonly (readonly [MetadataFile, File])[];
  readonly roots: readonly (readonly [RootFile, File])[];
  readonly unified: readonly (readonly [UnifiedFile, File])[];
  readonly deltas: readonly (readonly [DeltaFile, File])[];
}

/** Files that have to be read, because a digest that they are part of is not known. */
export interface MissingDigests<File> {
  readonly metadata: readonly File[];
  readonly roots: readonly File[];
  readonly unified: readonly File[];
}

/**
 * Returns the files to read for what is not known, or undefined when everything is. For a delta alone
 * that is none: those are read once both of its ends are known.
 */
export function findMissingDigests<File extends { readonly name: string }>(
  files: VersionFiles<File>,
  known: VersionDigests,
): MissingDigests<File> | undefined {
  const roots = files.roots.filter(([, root]) =>
    !known.own.has(root.name) ||
    files.metadata.some(([, file]) => !known.combined.get(file.name)?.has(root.name))
  ).map(([, root]) => root);
  const isSplitKnown = roots.length === 0 &&
    files.metadata.every(([, file]) => known.own.has(file.name));
  const unified = files.unified.filter(([, file]) =>
    !known.own.has(file.name) || !known.types.has(file.name)
  ).map(([, file]) => file);
  const areDeltasKnown = files.deltas.every(([, file]) => known.deltas.has(file.name));
  if (isSplitKnown && unified.length === 0 && areDeltasKnown) return undefined;
  const metadata = isSplitKnown ? [] : files.metadata.map(([, file]) => file);
  return { metadata, roots, unified };
}

/** Returns what both say, the newer where they differ. */
export function mergeDigests(older: VersionDigests, newer: VersionDigests): VersionDigests {
  const combined = new Map(older.combined);
  for (const [metadata, roots] of newer.combined) {
    combined.set(metadata, new Map([...combined.get(metadata) ?? [], ...roots]));
  }
  return {
    own: new Map([...older.own, ...newer.own]),
    combined,
    types: new Map([...older.types, ...newer.types]),
    deltas: new Map([...older.deltas, ...newer.deltas]),
  };
}

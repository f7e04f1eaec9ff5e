import { DELTA_FTYPES, deltaName } from "./format/delta_files.ts";
import { type DeltaNotes, pairKey } from "./format/delta_notes.ts";
import { type PublishedItems, publishedVersions } from "./format/documents.ts";
import { PUBLISHED_METADATA } from "./format/image_files.ts";
import { isJsonObject, sortedByKey } from "./format/json_text.ts";
import { isDigest } from "./format/listed_items.ts";

/** A root that a document lists. */
export interface ListedRoot {
  /** Relative to the root of the tree. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** A delta that is to be made. */
export interface PlannedDelta {
  /** The product's id. */
  readonly product: string;
  readonly version: string;
  /** The version that it is made from. */
  readonly base: string;
  /** Where it will be, relative to the root of the tree. */
  readonly path: string;
  readonly from: ListedRoot;
  readonly to: ListedRoot;
  /** It is not kept when it has more bytes. */
  readonly limitBytes: number;
}

/** What is to be made, and what was tried before and is not worth it. */
export interface DeltaPlan {
  readonly make: readonly PlannedDelta[];
  readonly notWorth: readonly (PlannedDelta & {
    /** It has more bytes than this, which were allowed when it was tried. */
    readonly triedBytes: number;
  })[];
}

/** Which deltas are wanted. */
export interface DeltaChoice {
  /** Of how many versions of a product, from the newest; a whole number from 1. */
  readonly versions: number;
  /** The most that a delta may have of its root's bytes, as 0.7. */
  readonly maxRatio: number;
}

/** What is wanted where nothing else is said. */
export const DELTA_DEFAULTS: DeltaChoice = { versions: 1, maxRatio: 0.7 };

/**
 * Returns the deltas that a document's products lack: for the newest versions with a squashfs root,
 * each from the one just before it that has one.
 *
 * @param texts product id to JSON text, as this tool writes it
 */
export function planDeltas(
  texts: ReadonlyMap<string, string>,
  options: DeltaChoice & { readonly notes: DeltaNotes },
): DeltaPlan {
  const { versions: count, maxRatio, notes } = options;
  const make: PlannedDelta[] = [];
  const notWorth: DeltaPlan["notWorth"][number][] = [];
  for (const [product, text] of sortedByKey(texts)) {
    const versions = sortedByKey(publishedVersions(text)).flatMap(([name, items]) => {
      const root = squashfsRoot(items);
      return root === undefined ? [] : [{ name, root, bases: deltaBases(items) }];
    });
    for (const [place, { name, root, bases }] of versions.entries()) {
      const before = versions[place - 1];
      if (before === undefined || place < versions.length - count) continue;
      if (bases.includes(before.name)) continue;
      const folder = root.path.slice(0, root.path.lastIndexOf("/"));
      const limitBytes = Math.floor(root.sizeBytes * maxRatio);
      const delta = {
        product,
        version: name,
        base: before.name,
        path: `${folder}/${deltaName(before.name)}`,
        from: before.root,
        to: root,
        limitBytes,
      };
      const triedBytes = notes.get(
        pairKey({ baseSha256: before.root.sha256, targetSha256: root.sha256 }),
      );
      if (triedBytes === undefined || triedBytes < limitBytes) make.push(delta);
      else notWorth.push({ ...delta, triedBytes });
    }
  }
  return { make, notWorth };
}

/** The squashfs root of a version that has a fingerprint, without which no client finds it as a base. */
function squashfsRoot(items: PublishedItems): ListedRoot | undefined {
  const fields = [...items.values()].filter(isJsonObject);
  const isFound = fields.some(({ ftype, combined_squashfs_sha256: fingerprint }) =>
    isDigest(fingerprint) && PUBLISHED_METADATA.some((metadata) => metadata.ftype === ftype)
  );
  for (const { ftype, path, size, sha256 } of isFound ? fields : []) {
    if (ftype !== "squashfs" || typeof path !== "string" || typeof size !== "number") continue;
    if (isDigest(sha256)) return { path, sizeBytes: size, sha256 };
  }
  return undefined;
}

function deltaBases(items: PublishedItems): readonly unknown[] {
  return [...items.values()].filter(isJsonObject)
    .filter(({ ftype }) => ftype === DELTA_FTYPES.squashfs)
    .map(({ delta_base: base }) => base);
}

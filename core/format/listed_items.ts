import { objectFields, sortedByKey } from "./json_text.ts";

/** An item as a document has it; a text of the wrong type is empty, as one that is not there. */
export interface ListedItem {
  readonly key: string;
  readonly ftype: string;
  readonly path: string;
  readonly sizeBytes: number | undefined;
  readonly sha256: string;
  readonly deltaBase: string | undefined;
  readonly fields: ReadonlyMap<string, unknown>;
}

/** A version as a document lists it. */
export interface ListedVersion {
  readonly name: string;
  /** Sorted by key. */
  readonly items: readonly ListedItem[];
}

/** What a document says of a file. */
export interface FileClaim {
  readonly path: string;
  readonly sizeBytes: number | undefined;
  /** Undefined when it is no digest; that has been told then. */
  readonly sha256: string | undefined;
}

/** What a document says of a metadata file and a root file together. */
export interface FingerprintClaim {
  readonly metadata: string;
  readonly root: string;
  /** `combined_squashfs_sha256`. */
  readonly field: string;
  readonly fingerprint: string;
  /** What a message starts with: document, product and version. */
  readonly place: string;
}

/** Returns whether a text is a digest as documents have it. */
export function isDigest(text: unknown): text is string {
  return typeof text === "string" && /^[0-9a-f]{64}$/.test(text);
}

/** Returns the versions in a product's field of this name, sorted by name. */
export function listedVersions(versions: unknown): readonly ListedVersion[] {
  return sortedByKey(objectFields(versions) ?? new Map<string, unknown>()).map((
    [name, version],
  ) => ({ name, items: listedItems(objectFields(version)?.get("items")) }));
}

function listedItems(items: unknown): readonly ListedItem[] {
  return sortedByKey(objectFields(items) ?? new Map<string, unknown>()).map(([key, value]) => {
    const fields = objectFields(value) ?? new Map<string, unknown>();
    const size = fields.get("size");
    const base = fields.get("delta_base");
    return {
      key,
      fields,
      ftype: textOf(fields.get("ftype")),
      path: textOf(fields.get("path")),
      sizeBytes: typeof size === "number" && Number.isInteger(size) ? size : undefined,
      sha256: textOf(fields.get("sha256")),
      deltaBase: typeof base === "string" ? base : undefined,
    };
  });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

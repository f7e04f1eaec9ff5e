import { whyListedPathUnusable } from "./check_path.ts";
import { DELTA_FTYPES } from "./delta_files.ts";
import { fault, type Finding, warning } from "./finding.ts";
import { PUBLISHED_METADATA, PUBLISHED_ROOTS, PUBLISHED_UNIFIED } from "./image_files.ts";
import { type FileClaim, isDigest, type ListedItem, type ListedVersion } from "./listed_items.ts";
import { nearest } from "./text.ts";

const METADATA: ReadonlySet<string> = new Set(PUBLISHED_METADATA.map(({ ftype }) => ftype));
const ROOTS: ReadonlySet<string> = new Set(PUBLISHED_ROOTS.map(({ ftype }) => ftype));
const KNOWN: ReadonlySet<string> = new Set([
  ...METADATA,
  ...ROOTS,
  ...PUBLISHED_UNIFIED.map(({ ftype }) => ftype),
  ...Object.values(DELTA_FTYPES),
]);

/** A version's items: what they say of files, and what is wrong with them whatever the files are. */
export interface CheckedItems {
  readonly files: readonly FileClaim[];
  readonly findings: readonly Finding[];
}

/**
 * Returns what a version's items say of files, and what clients get wrong by them.
 *
 * @param document its path, which findings about no file are for
 * @param place what messages start with
 */
export function checkItems(
  version: ListedVersion,
  { document, place }: { readonly document: string; readonly place: string },
): CheckedItems {
  const findings: Finding[] = [];
  const files: FileClaim[] = [];
  for (const item of version.items) {
    const at = `${place}item "${item.key}": `;
    const { ftype, path, sizeBytes, sha256 } = item;
    if (!KNOWN.has(ftype)) findings.push(ftypeFinding(item, document, at));
    const why = whyListedPathUnusable(path);
    if (why !== undefined) {
      const message =
        `${at}the path "${path}" ${why}: clients cannot download the file; expected ` +
        `a path relative to the root, written raw`;
      findings.push(fault("PATH_UNUSABLE", document, message));
      continue;
    }
    if (path.split("/").some((name) => name.startsWith("."))) {
      const message = `${at}the path "${path}" has a name in it that starts with ".": ` +
        "simplestreams-server answers 404 to such names, and other web servers may; give the file another";
      findings.push(warning("PATH_HIDDEN", document, message));
    }
    findings.push(...checkNumbers(item, document, at));
    files.push({ path, sizeBytes, sha256: isDigest(sha256) ? sha256 : undefined });
  }
  return { files, findings: [...findings, ...findMissingPart(version, document, place)] };
}

/** A value of the wrong type is told with the types. */
function checkNumbers(item: ListedItem, document: string, at: string): readonly Finding[] {
  const { path, sha256, sizeBytes } = item;
  const findings: Finding[] = [];
  const [digest, size] = [item.fields.get("sha256") ?? "", item.fields.get("size") ?? undefined];
  if (typeof digest === "string" && !isDigest(digest)) {
    const found = digest === "" ? "there is no sha256" : `the sha256 is "${sha256}"`;
    const message = `${at}${found}, expected 64 lower-case hex digits: clients refuse the download`;
    findings.push(fault("DIGEST_UNUSABLE", document, message));
  }
  if (size === undefined || (sizeBytes !== undefined && sizeBytes < 0)) {
    const found = size === undefined ? "there is no size" : `the size is ${sizeBytes}`;
    const message = `${at}${found}, expected the file's bytes: LXD stops reading there`;
    findings.push(fault("SIZE_UNUSABLE", document, message));
  } else if (size === 0) {
    const message = "is empty: clients download the image and then cannot unpack it";
    findings.push(warning("FILE_EMPTY", path, message));
  }
  return findings;
}

/** client-contract: unknown ftypes are ignored, and so is `root.squashfs`. */
function ftypeFinding(item: ListedItem, document: string, at: string): Finding {
  const meant = item.ftype === "root.squashfs" ? "squashfs" : nearest(item.ftype, [...KNOWN]);
  const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
  const found = item.ftype === ""
    ? "there is no ftype"
    : `no client knows the ftype "${item.ftype}"`;
  return warning("FTYPE_UNKNOWN", document, `${at}${found}, so the item is invisible${hint}`);
}

function findMissingPart(
  version: ListedVersion,
  document: string,
  place: string,
): readonly Finding[] {
  const { items } = version;
  if (items.some(({ ftype }) => PUBLISHED_UNIFIED.some((unified) => unified.ftype === ftype))) {
    return [];
  }
  const parts = [["METADATA", METADATA], ["ROOT", ROOTS]] as const;
  return parts.flatMap(([part, ftypes]) => {
    if (items.some(({ ftype }) => ftypes.has(ftype))) return [];
    const message = `${place}there is no ${part.toLowerCase()} item, expected one of the ftypes ` +
      `${[...ftypes].join(", ")}: clients see no image here`;
    return [warning(`VERSION_WITHOUT_${part}`, document, message)];
  });
}

import { isArchitectureOf } from "./architecture.ts";
import { fault, type Finding, warning } from "./finding.ts";
import {
  type ImageType,
  PUBLISHED_METADATA,
  PUBLISHED_ROOTS,
  PUBLISHED_UNIFIED,
  unifiedTypeOf,
} from "./image_files.ts";
import { type FingerprintClaim, isDigest, type ListedVersion } from "./listed_items.ts";
import type { ClientKind } from "./model.ts";
import { readVersionName } from "./version_name.ts";

/** One image as one family of clients puts it together. */
export interface ListedImage {
  readonly client: ClientKind;
  readonly type: ImageType;
  readonly fingerprint: string;
}

/** A version's images: what is said of each, and what is wrong with that whatever the files are. */
export interface CheckedFingerprints {
  /** Those that clients list. */
  readonly images: readonly ListedImage[];
  readonly claims: readonly FingerprintClaim[];
  readonly findings: readonly Finding[];
}

/** Returns the images of a version; `place` is what messages start with. */
export function checkFingerprints(
  version: ListedVersion,
  at: { readonly document: string; readonly place: string; readonly arch: string },
): CheckedFingerprints {
  const { document, place, arch } = at;
  const [images, claims, findings]: [ListedImage[], FingerprintClaim[], Finding[]] = [[], [], []];
  const ofType = (ftype: string) => version.items.filter((item) => item.ftype === ftype);
  const isDated = readVersionName(version.name.slice(0, 8)) !== undefined;
  const add = (image: ListedImage) => {
    if (isDated && isArchitectureOf(image.client, arch)) images.push(image);
  };

  for (const { ftype, client } of PUBLISHED_METADATA) {
    for (const metadata of ofType(ftype)) {
      for (const { ftype: rootFtype, type, combinedFields } of PUBLISHED_ROOTS) {
        const roots = ofType(rootFtype);
        if (roots.length === 0) continue;
        const given = combinedFields.flatMap((field) => {
          const value = metadata.fields.get(field);
          return typeof value === "string" && value !== "" ? [{ field, value }] : [];
        });
        const item = `${place}item "${metadata.key}": `;
        const [first] = given;
        if (first === undefined) {
          findings.push(warning(
            "FINGERPRINT_MISSING",
            document,
            `${item}there is no ${
              combinedFields[0]
            } for the ${rootFtype} beside it: clients drop ` +
              "that image without a word; index the tree again",
          ));
          continue;
        }
        if (isDigest(first.value)) add({ client, type, fingerprint: first.value });
        for (const { field, value } of given) {
          if (!isDigest(value)) {
            findings.push(fault(
              "DIGEST_UNUSABLE",
              document,
              `${item}${field} is "${value}", expected 64 lower-case hex digits: clients refuse the image`,
            ));
            continue;
          }
          for (const root of roots) {
            const claim = { metadata: metadata.path, root: root.path, field, fingerprint: value };
            claims.push({ ...claim, place });
          }
        }
      }
    }
  }
  for (const { ftype, client } of PUBLISHED_UNIFIED) {
    for (const { sha256, fields } of ofType(ftype)) {
      const type = unifiedTypeOf(fields.get("combined_type"));
      if (isDigest(sha256)) add({ client, type, fingerprint: sha256 });
    }
  }
  return { images, claims, findings };
}

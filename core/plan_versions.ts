import type { DigestRequest } from "./digest_tree.ts";
import { NO_DIGESTS, type VersionDigests } from "./format/digests.ts";
import { publishedVersions } from "./format/documents.ts";
import type { Finding } from "./format/finding.ts";
import { type SelectedFiles, selectFiles } from "./format/image_files.ts";
import { buildItems } from "./format/items.ts";
import { withProofs } from "./format/delta_proofs.ts";
import { type CachedFile, digestsOfItems } from "./format/items_cache.ts";
import { type Item, productId, productPath } from "./format/model.ts";
import { checkSums } from "./format/checksums.ts";
import { checkVersion } from "./format/version_rules.ts";
import type { ScannedFile, ScannedProduct } from "./scan.ts";
import type { VersionNotes } from "./version_files.ts";
import type { UnchangedTest } from "./tree_text.ts";

/** A version that can be published once its digests are known. */
export interface PlannedVersion extends DigestRequest {
  readonly name: string;
  readonly files: SelectedFiles<ScannedFile>;
  /** Of all files in it that say something. */
  readonly names: readonly string[];
  /** Its deltas in the published document, by name, whatever has been touched since. */
  readonly listedDeltas: VersionDigests["deltas"];
}

/** The sound versions of products, in the products' order. */
export interface PlannedVersions {
  readonly products: readonly {
    readonly product: ScannedProduct;
    readonly versions: readonly PlannedVersion[];
  }[];
  readonly findings: readonly Finding[];
}

/** A published document of which some versions still hold. */
export interface TrustedDocument {
  /** Id to JSON text. */
  readonly products: ReadonlyMap<string, string>;
  readonly isUnchanged: UnchangedTest["version"];
}

/** Returns the versions that clients could use, each with what the trusted document knows of it. */
export function planVersions(
  scanned: readonly ScannedProduct[],
  trusted: TrustedDocument | undefined,
): PlannedVersions {
  const findings: Finding[] = [];
  const products = scanned.map((product) => {
    const text = trusted?.products.get(productId(product));
    const published = text === undefined ? undefined : publishedVersions(text);
    const versions: PlannedVersion[] = [];
    for (const version of product.versions) {
      const { name, hasCache } = version;
      const folder = `${productPath(product)}/${name}`;
      const selected = selectFiles(version.files);
      const verdict = checkVersion(name, folder, selected);
      findings.push(...version.findings);
      // What cannot be opened has been reported; that nothing was found in it says nothing more.
      if (version.findings.length === 0 || verdict.sound) findings.push(...verdict.findings);
      if (!verdict.sound) continue;
      const files = withWholeImages(selected);
      const isUnchanged = trusted?.isUnchanged(product, version) && published?.has(name);
      const listed = published !== undefined && (isUnchanged || files.deltas.length > 0)
        ? digestsOfItems(withProofs(name, published), files, hasSize)
        : NO_DIGESTS;
      const known = isUnchanged ? listed : undefined;
      const names = version.files.map((file) => file.name);
      const { deltas: listedDeltas } = listed;
      versions.push({ name, names, folder, files, hasCache, known, listedDeltas });
    }
    return { product, versions };
  });
  return { products, findings };
}

function hasSize(fields: ReadonlyMap<string, unknown>, file: CachedFile): boolean {
  return fields.get("size") === file.sizeBytes;
}

/** Metadata without a root, or a root without metadata, is no image and needs no digest. */
function withWholeImages<File>(files: SelectedFiles<File>): SelectedFiles<File> {
  const isWhole = files.metadata.length > 0 && files.roots.length > 0;
  return isWhole ? files : { ...files, metadata: [], roots: [], deltas: [] };
}

/** Returns a planned version's items, none when it cannot be published, and why not. */
export function finishVersion(
  planned: PlannedVersion,
  known: { readonly digests: VersionDigests | undefined; readonly notes: VersionNotes | undefined },
): { readonly items: readonly Item[]; readonly findings: readonly Finding[] } {
  const { digests, notes } = known;
  if (notes?.unreadable !== undefined) return { items: [], findings: [notes.unreadable] };
  if (digests === undefined) return { items: [], findings: [] };
  const findings = notes?.sums ? checkSums(planned.folder, digests.own, notes.sums) : [];
  if (findings.length > 0) return { items: [], findings };
  return { items: buildItems(planned.folder, planned.files, digests), findings };
}

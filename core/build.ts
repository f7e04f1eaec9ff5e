import { canonicalArchitecture } from "./format/architecture.ts";
import { aliasKey, whyAliasUnusable } from "./format/aliases.ts";
import { type Finding, warning } from "./format/finding.ts";
import {
  type Catalog,
  type Product,
  productId,
  productPath,
  type ProductPlace,
  type Version,
} from "./format/model.ts";
import type { ProductSettings } from "./format/product_settings.ts";
import type { RequirementsPair } from "./format/requirements.ts";
import { keepDeltas } from "./format/keep_deltas.ts";
import { compareBuildTime, readVersionName } from "./format/version_name.ts";
import { NOTHING_TAKEN, type TakenNames } from "./taken_names.ts";
import { dropTakenFingerprints } from "./unique_fingerprints.ts";

/** A product with the versions that could be published, in any order. */
export interface ProductDraft extends ProductPlace, RequirementsPair {
  /** Those that it asks for. */
  readonly aliases: readonly string[];
  readonly settings: ProductSettings;
  readonly versions: readonly Version[];
}

/** A catalog and what had to be left out or will surprise. */
export interface BuiltCatalog {
  readonly catalog: Catalog;
  readonly findings: readonly Finding[];
}

/**
 * Returns the catalog of these products by the rules that hold between them: one owner for each alias
 * and fingerprint.
 *
 * @param taken what products of other streams have
 */
export function buildCatalog(
  drafts: readonly ProductDraft[],
  taken: TakenNames = NOTHING_TAKEN,
): BuiltCatalog {
  const findings: Finding[] = [];
  const sorted = drafts
    .map((draft) => ({ ...draft, id: productId(draft), versions: sortByName(draft.versions) }))
    .sort((a, b) => a.id < b.id ? -1 : 1);
  const unique = dropTakenFingerprints(sorted, taken.fingerprints);
  findings.push(...unique.findings);
  const takenAliases = new Map(taken.aliases);
  const products: Product[] = [];
  // By id, so that of two that want one alias the same one always has it.
  for (const draft of unique.products) {
    if (draft.versions.length === 0) {
      findings.push(warning(
        "PRODUCT_EMPTY",
        productPath(draft),
        "this product is left out: it has no version that can be published",
      ));
      continue;
    }
    if (canonicalArchitecture(draft.arch) === undefined) {
      findings.push(warning(
        "ARCHITECTURE_UNKNOWN",
        productPath(draft),
        `no client knows the architecture "${draft.arch}", so all skip this product; ` +
          `expected a name such as amd64 or arm64`,
      ));
    }
    findings.push(...findVersionOrder(draft));
    const aliases = takeAliases(draft, takenAliases, findings);
    const { stream, os, release, arch, variant, ...rest } = draft;
    const { requirements, lxdRequirements, settings } = rest;
    const { versions, findings: ofDeltas } = keepDeltas(draft.versions);
    findings.push(...ofDeltas);
    products.push({
      stream,
      os,
      release,
      arch,
      variant,
      requirements,
      lxdRequirements,
      versions,
      aliases,
      settings,
    });
  }
  return { catalog: { products }, findings };
}

function takeAliases(
  product: ProductPlace & Pick<ProductDraft, "aliases">,
  taken: Map<string, string>,
  findings: Finding[],
): readonly string[] {
  const path = productPath(product);
  return product.aliases.filter((alias) => {
    const reason = whyAliasUnusable(alias);
    if (reason !== undefined) {
      findings.push(
        warning("ALIAS_UNUSABLE", path, `goes without the alias "${alias}": ${reason}`),
      );
      return false;
    }
    const key = aliasKey(product.arch, alias);
    const owner = taken.get(key);
    if (owner !== undefined) {
      findings.push(warning(
        "ALIAS_TAKEN",
        path,
        `goes without the alias "${alias}", which ${owner} has for the same architecture; ` +
          "clients would find one of the two by chance",
      ));
      return false;
    }
    taken.set(key, path);
    return true;
  });
}

function findVersionOrder(product: ProductDraft): readonly Finding[] {
  const findings: Finding[] = [];
  let previous: { readonly name: string } | undefined;
  for (const version of product.versions) {
    const [before, after] = [
      previous && readVersionName(previous.name),
      readVersionName(version.name),
    ];
    if (previous !== undefined && before && after && compareBuildTime(before, after) > 0) {
      findings.push(warning(
        "VERSION_ORDER",
        `${productPath(product)}/${version.name}`,
        `clients compare names as text and take this for newer than ${previous.name}; ` +
          "expected one form of version names in a product",
      ));
    }
    previous = version;
  }
  return findings;
}

function sortByName(versions: readonly Version[]): readonly Version[] {
  return [...versions].sort((a, b) => a.name < b.name ? -1 : 1);
}

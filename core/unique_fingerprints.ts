import { type Finding, warning } from "./format/finding.ts";
import {
  IMAGE_FILES,
  PUBLISHED_METADATA,
  PUBLISHED_UNIFIED,
  type RootFile,
} from "./format/image_files.ts";
import {
  type ClientKind,
  type Item,
  productPath,
  type ProductPlace,
  type TextMap,
  type Version,
} from "./format/model.ts";

/** Products whose images all have fingerprints of their own, and what was left out for that. */
export interface UniqueFingerprints<Draft> {
  readonly products: readonly Draft[];
  readonly findings: readonly Finding[];
}

/** One image of one family of clients: a metadata item with one of its fingerprints, or a unified item. */
interface Image {
  readonly product: number;
  readonly version: string;
  readonly path: string;
  /** The ftype of the item that the fingerprint stands for, by which clients look. */
  readonly ftype: string;
  /** Undefined for a unified image. */
  readonly root: RootFile | undefined;
}

/** An image that is left out, and the fingerprint that another one keeps. */
interface Loser {
  readonly image: Image;
  readonly fingerprint: string;
}

const ROOTS: readonly RootFile[] = IMAGE_FILES.flatMap((file) =>
  file.role === "root" && file.name === file.storedName ? [file] : []
);

/**
 * Returns the products without the images whose fingerprint a newer version has too: two images with
 * one fingerprint in a remote make both impossible to download. Of two equally new ones the first stays.
 *
 * @param taken fingerprints of images that are not among these, each with who has it
 */
export function dropTakenFingerprints<
  Draft extends ProductPlace & { readonly versions: readonly Version[] },
>(
  products: readonly Draft[],
  taken: ReadonlyMap<string, string> = new Map(),
): UniqueFingerprints<Draft> {
  const owners = new Map<string, Image>();
  const losers: Loser[] = [];
  products.forEach((product, place) => {
    for (const version of product.versions) {
      const path = `${productPath(product)}/${version.name}`;
      for (const { item, root, fingerprint } of imagesOf(version)) {
        const image = { product: place, version: version.name, path, ftype: item.ftype, root };
        const key = ownerKey(item.ftype, fingerprint);
        const owner = owners.get(key);
        if (taken.has(fingerprint)) losers.push({ image, fingerprint });
        else if (owner === undefined) owners.set(key, image);
        else if (image.version > owner.version) {
          owners.set(key, image);
          losers.push({ image: owner, fingerprint });
        } else losers.push({ image, fingerprint });
      }
    }
  });
  if (losers.length === 0) return { products, findings: [] };

  const dropped = new Map<string, Image[]>();
  for (const { image } of losers) {
    dropped.set(image.path, [...dropped.get(image.path) ?? [], image]);
  }
  return {
    products: products.map((product) => ({
      ...product,
      versions: product.versions.flatMap((version) => {
        const images = dropped.get(`${productPath(product)}/${version.name}`);
        return images === undefined ? [version] : withoutImages(version, images);
      }),
    })),
    findings: describeLosers(losers, owners, taken),
  };
}

/** One finding for each image, though two families of clients may see it. */
function describeLosers(
  losers: readonly Loser[],
  owners: ReadonlyMap<string, Image>,
  taken: ReadonlyMap<string, string>,
): readonly Finding[] {
  const findings = new Map<string, Finding>();
  for (const { image, fingerprint } of losers) {
    const other = taken.get(fingerprint);
    const owner = other === undefined
      ? owners.get(ownerKey(image.ftype, fingerprint))?.path
      : `an image of ${other}`;
    const finding = warning(
      "FINGERPRINT_TAKEN",
      image.path,
      `its ${
        image.root?.ftype ?? image.ftype
      } image is left out: it has the same bytes, so the same fingerprint ` +
        `${fingerprint.slice(0, 12)}, as that of ${owner}; a client could download neither`,
    );
    findings.set(`${finding.path} ${finding.message}`, finding);
  }
  return [...findings.values()];
}

// Only images that one client sees together can be in each other's way.
function ownerKey(ftype: string, fingerprint: string): string {
  const client = CLIENTS.get(ftype) ?? ftype;
  return `${client} ${fingerprint}`;
}

const CLIENTS: ReadonlyMap<string, ClientKind> = new Map(
  [...PUBLISHED_METADATA, ...PUBLISHED_UNIFIED].map(({ ftype, client }) => [ftype, client]),
);

function* imagesOf(version: Version) {
  for (const item of version.items) {
    if (isUnified(item)) yield { item, root: undefined, fingerprint: item.sha256 };
    for (const root of ROOTS) {
      const fingerprint = item.combined.get(root.combinedFields[0]);
      if (fingerprint !== undefined) yield { item, root, fingerprint };
    }
  }
}

function withoutImages(version: Version, images: readonly Image[]): readonly Version[] {
  const isDropped = (item: Item) => images.some(({ ftype }) => ftype === item.ftype);
  const unified = version.items.filter((item) => isUnified(item) && !isDropped(item));
  const metadata = version.items.filter(({ combined }) => combined.size > 0).map((item): Item => ({
    ...item,
    combined: withoutFields(
      item.combined,
      images.filter((image) => image.ftype === item.ftype).flatMap(({ root }) =>
        root?.combinedFields ?? []
      ),
    ),
  })).filter(({ combined }) => combined.size > 0);
  const used = ROOTS.filter((root) =>
    metadata.some(({ combined }) => combined.has(root.combinedFields[0]))
  );
  const roots = version.items.filter((item) => used.some((root) => root.ftype === item.ftype));
  const deltas = version.items.filter(({ deltaBase }) =>
    deltaBase !== undefined && used.some(({ ftype }) => ftype === "squashfs")
  );
  const items = [...metadata, ...roots, ...unified, ...deltas];
  if (items.length === 0) return [];
  return [{ ...version, items: items.sort((a, b) => a.key < b.key ? -1 : 1) }];
}

function isUnified({ ftype }: Item): boolean {
  return PUBLISHED_UNIFIED.some((unified) => unified.ftype === ftype);
}

function withoutFields(combined: TextMap, fields: readonly string[]): TextMap {
  return new Map([...combined].filter(([field]) => !fields.includes(field)));
}

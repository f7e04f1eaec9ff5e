import {
  editIndex,
  editProducts,
  isWhole,
  type ProductEdit,
  type VersionEdit,
} from "./format/edit_documents.ts";
import { DELTA_FTYPES } from "./format/delta_files.ts";
import { IMAGE_FILES, imageFileNamed, PUBLISHED_ROOTS } from "./format/image_files.ts";
import type { ListedItem } from "./format/listed_items.ts";
import { type NamedPaths, namedPaths, noLongerNamed } from "./format/named_paths.ts";
import type { PrunableDocuments, PrunableProduct, PrunableVersion } from "./prunable_documents.ts";

/** What is chosen to leave a product. */
export interface ProductChoice {
  /** Versions, by name why. */
  readonly versions: ReadonlyMap<string, string>;
  /** Fingerprints of images that leave a version, by its name; with its last image it leaves too. */
  readonly images: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Says what leaves a product; undefined for nothing. */
export type Choose = (product: PrunableProduct) => ProductChoice | undefined;

/** What leaves a version. */
export interface Withdrawal {
  /** The product's id. */
  readonly product: string;
  readonly version: string;
  /** Keys of its items that leave, sorted; when it is not there, all do and the version with them. */
  readonly items?: readonly string[];
  readonly why: string;
  /** Of all images that leave, sorted. */
  readonly fingerprints: readonly string[];
  /** As the document has it; a file that is listed twice counts once. */
  readonly sizeBytes: number;
}

/** Documents without what leaves them. */
export interface WithdrawalPlan {
  readonly withdraw: readonly Withdrawal[];
  /** All of them, the index last. */
  readonly documents: readonly { readonly path: string; readonly text: string }[];
  /** Documents that lose their last product. */
  readonly emptied: readonly { readonly path: string; readonly products: number }[];
  /** Files and versions' folders that are no longer named, sorted. */
  readonly paths: readonly string[];
  /** What the documents name as they stand, and as they will. */
  readonly named: { readonly before: NamedPaths; readonly after: NamedPaths };
}

const ASKED = "asked for";

/** Returns how documents change when what is chosen leaves them, and with each version its deltas. */
export function planWithdrawal(published: PrunableDocuments, choose: Choose): WithdrawalPlan {
  const withdraw: Withdrawal[] = [];
  const emptied: { readonly path: string; readonly products: number }[] = [];
  const listed = new Map<string, ReadonlySet<string>>();
  const documents = published.documents.map(({ path, text, products }) => {
    const edits = new Map<string, ProductEdit>();
    for (const product of products) {
      const choice = choose(product);
      const planned = choice && withdrawFrom(product, choice);
      if (planned === undefined || planned.withdraw.length === 0) continue;
      for (const one of planned.withdraw) withdraw.push(one);
      edits.set(product.id, planned.edit);
    }
    const left = products.filter(({ id, versions }) => {
      const edit = edits.get(id);
      return edit === undefined || !isWhole(edit, versions);
    });
    if (products.length > left.length && left.length === 0) {
      emptied.push({ path, products: products.length });
    }
    listed.set(path, new Set(left.map(({ id }) => id)));
    return { path, text: editProducts(text, edits) };
  });
  const before = namedPaths(published.documents.map(({ text }) => text));
  const after = withdraw.length === 0 ? before : namedPaths(documents.map(({ text }) => text));
  const { index } = published;
  const paths = withdraw.length === 0 ? [] : noLongerNamed(before, after);
  return {
    withdraw,
    documents: [...documents, { path: index.path, text: editIndex(index.text, listed) }],
    emptied,
    paths: [...new Set([...paths, ...paths.flatMap((path) => otherSpellings(path, after))])].sort(),
    named: { before, after },
  };
}

/** Files that an index run would take in place of one that leaves: `rootfs.squashfs` and the like. */
function otherSpellings(path: string, named: NamedPaths): readonly string[] {
  const slash = path.lastIndexOf("/") + 1;
  const row = imageFileNamed(path.slice(slash));
  if (row === undefined) return [];
  return IMAGE_FILES.filter(({ key, name }) => key === row.key && name !== row.name)
    .map(({ name }) => path.slice(0, slash) + name).filter((other) => !named.files.has(other));
}

function withdrawFrom(product: PrunableProduct, choice: ProductChoice) {
  const versions = new Map(choice.versions);
  /** By version the items that leave it, and why. */
  const items = new Map<string, Map<ListedItem, string>>();
  for (const version of product.versions) {
    const chosen = choice.images.get(version.name);
    if (chosen === undefined || versions.has(version.name)) continue;
    const roots = rootsOf(version, chosen);
    if (leavingImages(version, roots).length === version.images.length) {
      versions.set(version.name, ASKED);
    } else items.set(version.name, new Map([...roots].map((root) => [root, ASKED])));
  }
  for (const version of product.versions) {
    if (versions.has(version.name)) continue;
    const leaving = items.get(version.name) ?? new Map<ListedItem, string>();
    for (const item of version.items) {
      const why = whyDeltaLeaves(item, version, { versions, items });
      if (why !== undefined && !leaving.has(item)) leaving.set(item, why);
    }
    if (leaving.size > 0) items.set(version.name, leaving);
  }
  const withdraw = product.versions.flatMap((version): readonly Withdrawal[] => {
    const place = { product: product.id, version: version.name };
    const why = versions.get(version.name);
    if (why !== undefined) {
      const fingerprints = version.images.map(({ fingerprint }) => fingerprint).sort();
      return [{ ...place, why, fingerprints, sizeBytes: sizeOf(version.items) }];
    }
    const leaving = items.get(version.name);
    if (leaving === undefined) return [];
    const gone = [...leaving.keys()];
    return [{
      ...place,
      items: gone.map(({ key }) => key).sort(),
      why: [...new Set(leaving.values())].sort().join("; "),
      fingerprints: leavingImages(version, new Set(gone)),
      sizeBytes: sizeOf(gone),
    }];
  });
  const changed = new Map(
    product.versions.flatMap((version) => {
      const leaving = items.get(version.name);
      return leaving === undefined ? [] : [[version.name, editOf(version, leaving)] as const];
    }),
  );
  const edit: ProductEdit = { versions: new Set(versions.keys()), changed };
  return { withdraw, edit };
}

/** The items that hold the roots of images: a unified image is its own. */
function rootsOf(version: PrunableVersion, fingerprints: ReadonlySet<string>) {
  const files = version.images.filter(({ fingerprint }) => fingerprints.has(fingerprint))
    .flatMap((image) => image.files.at(-1) ?? []);
  // The same bytes under another path would be the same image.
  return new Set(
    version.items.filter(({ ftype, path, sha256 }) =>
      files.some((file) => file.path === path || (file.ftype === ftype && file.sha256 === sha256))
    ),
  );
}

function leavingImages(version: PrunableVersion, gone: ReadonlySet<ListedItem>): readonly string[] {
  const paths = new Set([...gone].map(({ path }) => path));
  return version.images.filter(({ files }) => paths.has(files.at(-1)?.path ?? ""))
    .map(({ fingerprint }) => fingerprint).sort();
}

/** A delta goes with its base, and with the file that it makes. */
function whyDeltaLeaves(
  item: ListedItem,
  version: PrunableVersion,
  leaving: {
    readonly versions: ReadonlyMap<string, string>;
    readonly items: ReadonlyMap<string, ReadonlyMap<ListedItem, string>>;
  },
): string | undefined {
  const base = item.deltaBase;
  if (base === undefined) return undefined;
  if (leaving.versions.has(base)) return `its base ${base} leaves`;
  const root = item.ftype === DELTA_FTYPES.squashfs ? "squashfs" : "disk-kvm.img";
  const loses = (name: string) =>
    [...leaving.items.get(name)?.keys() ?? []].some(({ ftype }) => ftype === root);
  if (loses(version.name)) return "the file that it makes leaves";
  return loses(base) ? `the file in ${base} that it is made from leaves` : undefined;
}

/** Fingerprints of a root that leaves go from the metadata, where no other file of its kind stays. */
function editOf(version: PrunableVersion, leaving: ReadonlyMap<ListedItem, string>): VersionEdit {
  const kept = new Set(
    version.items.filter((item) => !leaving.has(item)).map(({ ftype }) => ftype),
  );
  const gone = new Set([...leaving.keys()].map(({ ftype }) => ftype));
  const fields = PUBLISHED_ROOTS.filter(({ ftype }) => gone.has(ftype) && !kept.has(ftype))
    .flatMap(({ combinedFields }) => combinedFields);
  return {
    items: new Set([...leaving.keys()].map(({ key }) => key)),
    fields: new Set(fields),
  };
}

function sizeOf(items: readonly ListedItem[]): number {
  const sizes = new Map(items.map(({ path, sizeBytes }) => [path, sizeBytes ?? 0]));
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

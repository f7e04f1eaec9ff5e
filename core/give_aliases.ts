import { canonicalArchitecture, isArchitectureOf } from "./format/architecture.ts";
import type { ImageType } from "./format/image_files.ts";
import type { ClientKind } from "./format/model.ts";
import type { PublishedProduct } from "./format/published_product.ts";

/** An image that may get its product's aliases. */
export interface AliasCandidate {
  /** One object for all images of a product. */
  readonly product: Omit<PublishedProduct, "versions">;
  readonly version: string;
  readonly type: ImageType;
  /** The ftype of its root; unified images have none. */
  readonly root?: string;
  /** Who finds it. */
  readonly clients: readonly ClientKind[];
}

/** The names that lead to an image, in the order of its product's aliases; those with some are here. */
export type GivenAliases<Candidate> = ReadonlyMap<Candidate, readonly string[]>;

const CLIENTS: readonly ClientKind[] = ["incus", "lxd"];

/**
 * Returns which image each alias leads to, as clients find it out: for each type and architecture an
 * alias goes to one image, of one product to its newest. Without a client, the aliases as they are
 * published that lead to the image for either family; with one, `ALIAS/ARCH` too, which clients add.
 * An alias without its architecture is shown as clients on that architecture have it.
 *
 * @param images all of a document: an alias that several claim goes to the first of them
 */
export function giveAliases<Candidate extends AliasCandidate>(
  images: readonly Candidate[],
  client?: ClientKind,
): GivenAliases<Candidate> {
  const given = new Map<Candidate, string[]>();
  for (const family of client === undefined ? CLIENTS : [client]) {
    const taken = new Map<string, Set<string>>();
    for (const image of newestOf(images, family).sort(compareCandidates)) {
      const { product: { arch, aliases }, type } = image;
      const key = `${type} ${canonicalArchitecture(arch)}`;
      const names = taken.get(key) ?? new Set();
      taken.set(key, names);
      const own = given.get(image) ?? [];
      for (const alias of aliases) {
        const isName = alias !== "" || client !== undefined;
        if (isName && !names.has(alias) && !own.includes(alias)) own.push(alias);
        names.add(alias);
        const long = `${alias}/${arch}`;
        if (client !== undefined && !names.has(long)) own.push(long);
        names.add(long);
      }
      if (own.length > 0) given.set(image, own);
    }
  }
  return given;
}

/** Of each product the image of each type that gets its aliases: all others would find them taken. */
function newestOf<Candidate extends AliasCandidate>(
  images: readonly Candidate[],
  client: ClientKind,
): Candidate[] {
  const newest = new Map<Candidate["product"], Candidate[]>();
  for (const image of images) {
    const { product, clients, type } = image;
    if (product.aliases.length === 0 || !clients.includes(client)) continue;
    const kept = newest.get(product) ?? [];
    const place = kept.findIndex((other) => other.type === type);
    const other = kept[place];
    if (other === undefined) kept.push(image);
    else if (compareCandidates(image, other) < 0) kept[place] = image;
    newest.set(product, kept);
  }
  return [...newest.values()].flat().filter(({ product }) =>
    isArchitectureOf(client, product.arch)
  );
}

// incus shared/simplestreams/sort.go: os, release, variant, the newest, architecture, then the root
function compareCandidates(a: AliasCandidate, b: AliasCandidate): number {
  return compareText(a.product.os, b.product.os) ||
    compareText(a.product.release, b.product.release) ||
    compareText(a.product.variant, b.product.variant) ||
    compareText(b.version, a.version) ||
    compareText(a.product.arch, b.product.arch) ||
    rootScore(a) - rootScore(b);
}

const ROOT_ORDER = ["squashfs", "root.tar.xz", "disk-kvm.img", "uefi1.img", "disk1.img"];

/** A unified image is before all but squashfs. */
function rootScore({ root = "" }: AliasCandidate): number {
  return Math.max(0, ROOT_ORDER.indexOf(root));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

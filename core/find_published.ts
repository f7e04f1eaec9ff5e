import { SimplestreamsError } from "./errors.ts";
import { printable } from "./format/text.ts";
import { type ListedImage, listImages } from "./list_images.ts";
import type { PublishedCatalog } from "./published_catalog.ts";

const LEAST_DIGITS = 3;
const MOST_CANDIDATES = 20;

/**
 * Returns the images that a name means, in the order of `listImages`: all of a product for its id,
 * those of one version for `ID@VERSION`, for an alias those that it leads to, of each architecture and
 * type one, and for a fingerprint or how it begins that image, in all products that have it.
 *
 * @throws {SimplestreamsError} `NOT_FOUND` when there is none; `USAGE` when the beginning of a
 * fingerprint is too short or fits several images, which it names
 */
export function findPublished(catalog: PublishedCatalog, name: string): readonly ListedImage[] {
  const images = listImages(catalog);
  const byId = images.filter(({ product, version }) =>
    product === name || `${product}@${version}` === name
  );
  if (byId.length > 0) return byId;
  const byAlias = images.filter(({ aliases, arch }) =>
    aliases.some((alias) => alias === name || `${alias}/${arch}` === name)
  );
  return byAlias.length > 0 ? byAlias : findByFingerprint(images, name);
}

/**
 * Returns those of the images that have a fingerprint, or the one that it is the beginning of.
 *
 * @throws {SimplestreamsError} as `findPublished`
 */
export function findByFingerprint(
  images: readonly ListedImage[],
  name: string,
): readonly ListedImage[] {
  const digits = name.toLowerCase();
  const isPart = /^[0-9a-f]{1,64}$/.test(digits);
  const found = isPart ? images.filter(({ fingerprint }) => fingerprint.startsWith(digits)) : [];
  if (found.length === 0) {
    throw new SimplestreamsError(
      "NOT_FOUND",
      `Cannot find "${printable(name)}": no alias, fingerprint or product id is called so, ` +
        "expected one that simplestreams list shows",
    );
  }
  const fingerprints = new Set(found.map(({ fingerprint }) => fingerprint));
  if (digits.length < LEAST_DIGITS) {
    refuse(name, `it has fewer than ${LEAST_DIGITS} digits`);
  }
  if (fingerprints.size > 1) {
    const candidates = found.slice(0, MOST_CANDIDATES).map((image) =>
      `\n  ${image.fingerprint.slice(0, 12)} ${printable(`${image.product}@${image.version}`)}`
    );
    const left = found.length - candidates.length;
    const more = left > 0 ? `\n  and ${left} more` : "";
    refuse(name, `it fits ${fingerprints.size} images`, candidates.join("") + more);
  }
  return found;
}

function refuse(name: string, found: string, candidates = ""): never {
  throw new SimplestreamsError(
    "USAGE",
    `Cannot tell which image "${name}" is: ${found}, expected more of the fingerprint${candidates}`,
  );
}

import type { DigestOptions, DigestPorts } from "./digest_tree.ts";
import type { ProductName } from "./format/model.ts";
import type { PublishedImage } from "./format/published_images.ts";
import type { PublishedProduct, PublishedTitles } from "./format/published_product.ts";
import { errorCodeOf } from "./errors.ts";
import type { RequirementLayer } from "./settings.ts";
import { findPublished } from "./find_published.ts";
import { foreseeIndex, type ForeseenIndex } from "./foresee_index.ts";
import type { PublishedCatalog } from "./published_catalog.ts";
import { readProductLayers } from "./product_layers.ts";
import { findRequirementSources, type RequirementSource } from "./requirement_sources.ts";

/** An image with its files, and the aliases that lead to it. */
export interface ShownImage extends PublishedImage {
  readonly version: string;
  /** Of the version. */
  readonly label?: string;
  readonly aliases: readonly string[];
}

/** A product with the images that are asked for. */
export interface ShownProduct extends ProductName, PublishedTitles {
  readonly id: string;
  /** As they are published. */
  readonly aliases: readonly string[];
  readonly requirements: readonly RequirementSource[];
  readonly lxd_requirements: readonly RequirementSource[];
  /** The newest version first. */
  readonly images: readonly ShownImage[];
}

/** What is known of the products and images that have a name. */
export interface ShownImages extends ForeseenIndex {
  readonly name: string;
  /** Sorted by id, of one id by document; never empty. */
  readonly products: readonly ShownProduct[];
}

/**
 * Returns all that is known of what is published under a name: an alias, a fingerprint or the
 * beginning of one, a product's id, or `ID@VERSION`. Reads the products' folders, but writes nothing.
 *
 * @param root without a "/" at its end
 * @throws {SimplestreamsError} `NOT_FOUND` when nothing has the name; `USAGE` when it fits several images
 */
export async function showImages(
  ports: DigestPorts,
  root: string,
  options: Pick<DigestOptions, "concurrency" | "onProgress"> & {
    readonly catalog: PublishedCatalog;
    readonly name: string;
  },
): Promise<ShownImages> {
  const { catalog, name, ...rest } = options;
  const listed = findPublished(catalog, name);
  const aliases = new Map(
    listed.map((image) => [
      `${image.product}@${image.version} ${image.fingerprint}`,
      image.aliases,
    ]),
  );
  const ids = [...new Set(listed.map(({ product }) => product))];
  const products: ShownProduct[] = [];
  for (const product of ids.flatMap((id) => catalog.productsOf(id))) {
    const { id } = product;
    const isAskedFor = product.versions.some(({ name: version, images }) =>
      images.some(({ fingerprint }) => aliases.has(`${id}@${version} ${fingerprint}`))
    );
    if (!isAskedFor) continue;
    const layers = await layersIfUsable(ports, root, product);
    const { versions, requirements, lxd_requirements, ...names } = product;
    products.push({
      ...names,
      requirements: findRequirementSources(layers, { client: "incus", published: requirements }),
      lxd_requirements: findRequirementSources(layers, {
        client: "lxd",
        published: lxd_requirements,
      }),
      images: versions.toReversed().flatMap(({ name: version, label, images }) =>
        images.flatMap((image) => {
          const names = aliases.get(`${id}@${version} ${image.fingerprint}`);
          if (names === undefined) return [];
          return [{ ...image, version, ...label === undefined ? {} : { label }, aliases: names }];
        })
      ),
    });
  }
  return { name, products, ...await foreseeIndex(ports, root, { ids, ...rest }) };
}

/** None where settings are broken or cannot be read: `unchecked` says why. */
async function layersIfUsable(
  ports: DigestPorts,
  root: string,
  product: PublishedProduct,
): Promise<readonly RequirementLayer[]> {
  try {
    return await readProductLayers(ports, root, product);
  } catch (error) {
    if (errorCodeOf(error) === undefined) throw error;
    return [];
  }
}

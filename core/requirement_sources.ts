import { sortedByKey } from "./format/json_text.ts";
import type { ClientKind, TextRecord } from "./format/model.ts";
import type { RequirementLayer } from "./settings.ts";

/** A published requirement of a product, and where it comes from. */
export interface RequirementSource {
  readonly key: string;
  readonly value: string;
  /** The file that gives this value, relative to the root; none of the tree's does when it is not there. */
  readonly file?: string;
}

/**
 * Returns a product's published requirements, sorted by key, each with the file that it comes from.
 *
 * @param layers what the product's settings files require, the outermost first
 * @param options `published`: what the document has for this family of clients
 */
export function findRequirementSources(
  layers: readonly RequirementLayer[],
  options: { readonly client: ClientKind; readonly published: TextRecord },
): readonly RequirementSource[] {
  const { client, published } = options;
  // As they are merged: with files of one kind alone both families of clients get those
  const own = layers.filter((layer) => layer.client === client);
  const files = own.length > 0 ? own : layers;
  return sortedByKey(new Map(Object.entries(published))).map(([key, value]) => {
    const { path, requirements } = files.findLast((each) => each.requirements.has(key)) ?? {};
    return requirements?.get(key) === value ? { key, value, file: path } : { key, value };
  });
}

import type { ClientKind } from "../core/format/model.ts";
import { listAllImages, type ListedImage } from "../core/list_images.ts";
import type { Clock } from "../core/ports.ts";
import type { PublishedCatalog } from "../core/published_catalog.ts";
import type { PublishedState } from "./published_state.ts";

/** Lists of all that is published. */
export interface ImageLists {
  /**
   * Returns all images as a client has them, or as they are published, in the order of `listImages`;
   * none while nothing is published. Throws as `PublishedState.catalog` does.
   */
  list(client: ClientKind | undefined): Promise<readonly ListedImage[]>;
}

/** Returns the lists, each made once for a document and kept: the next page is a part of the same. */
export function createImageLists(published: PublishedState, clock: Clock): ImageLists {
  let known: PublishedCatalog | undefined;
  const lists = new Map<ClientKind | undefined, Promise<readonly ListedImage[]>>();
  return {
    async list(client) {
      const catalog = published.catalog();
      if (catalog !== known) lists.clear();
      known = catalog;
      if (catalog === undefined) return [];
      const list = lists.get(client) ?? listAllImages(clock, catalog, { client });
      lists.set(client, list);
      return await list;
    },
  };
}

import type { DigestPorts } from "./digest_tree.ts";
import type { Finding } from "./format/finding.ts";
import { removeNote } from "./import_note.ts";
import { indexTree } from "./index_tree.ts";
import { type ListedImage, listImages } from "./list_images.ts";
import { placeVersion, removeSources } from "./place_version.ts";
import type { AddPlan, PlanAddPorts } from "./plan_add.ts";
import type { Progress } from "./ports.ts";
import { readPublishedCatalog } from "./published_catalog.ts";
import { replaceFiles } from "./replace_files.ts";
import { parseSelection } from "./selection.ts";

/** What adding an image needs from outside. */
export type AddPorts = PlanAddPorts & DigestPorts;

/** What became of an image that was added. */
export interface AddedImage {
  /** The version's images as they are published: none when it was left out, which findings tell. */
  readonly images: readonly ListedImage[];
  /** About the product that it was added to. */
  readonly findings: readonly Finding[];
}

/**
 * Adds an image as planned, and publishes its product. Killed anywhere, no file is lost, no half
 * version can be seen, and the same call finishes the work. The caller holds the root's lock.
 *
 * @throws {StorageError} with the files as they were, unless the message says otherwise
 * @throws {SimplestreamsError} `REFUSED` when a file changed while it was copied
 * @throws {BadFilesError} when the tree has bad settings; the version is there then, and not published
 */
export async function applyAdd(ports: AddPorts, plan: AddPlan, options: {
  /** Upper limit of files that are read at one time; a whole number from 1. */
  readonly concurrency: number;
  readonly onProgress?: (progress: Progress) => void;
}): Promise<AddedImage> {
  const { reader, writer } = ports;
  const { root, product, version, settings } = plan;
  await placeVersion(ports, plan, { keepSources: !plan.isMove });
  if (settings !== undefined) {
    replaceFiles(writer, root, [{ path: settings.path, pieces: () => [settings.text] }]);
  }
  const { result } = await indexTree(ports, root, {
    ...options,
    write: true,
    useCache: true,
    products: parseSelection([product]),
  });
  // Last, because a killed run is told by them
  if (plan.isMove) removeSources(writer, plan);
  removeNote(writer, root);
  const catalog = readPublishedCatalog(reader, root);
  const images = catalog === undefined ? [] : listImages(catalog);
  return {
    images: images.filter((image) => image.product === product && image.version === version),
    findings: result.findings,
  };
}

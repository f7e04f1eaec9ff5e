import { IMAGE_SETTINGS_NAME } from "./format/image_settings.ts";
import { productIdOfPath } from "./format/model.ts";
import type { PublishedProduct } from "./format/published_product.ts";
import { readLevelFiles } from "./level_files.ts";
import type { TreeReader, YamlReader } from "./ports.ts";
import { readSettings, type RequirementLayer } from "./settings.ts";
import { readVersionNotes } from "./version_files.ts";

/**
 * Returns what the settings files of a published product require, the outermost first, that of its
 * newest version last; nothing for a product whose files lie in another layout.
 *
 * @throws {BadFilesError} when settings files are broken
 * @throws {StorageError} when one cannot be read
 */
export async function readProductLayers(
  ports: { readonly reader: TreeReader; readonly yaml: YamlReader },
  root: string,
  product: PublishedProduct,
): Promise<readonly RequirementLayer[]> {
  const path = product.versions.at(-1)?.images.at(0)?.files.at(0)?.path ?? "";
  if (productIdOfPath(path) !== product.id) return [];
  const version = path.slice(0, path.lastIndexOf("/"));
  const folder = version.slice(0, version.lastIndexOf("/"));
  const settings = await readSettings(ports, readLevelFiles(ports.reader, root, folder));
  const isThere = ports.reader.stat(`${root}/${version}/${IMAGE_SETTINGS_NAME}`) !== undefined;
  const names = isThere ? [IMAGE_SETTINGS_NAME] : [];
  const [notes] = await readVersionNotes(ports, root, [{ folder: version, names }]);
  return settings.layersOf(folder, notes?.settings);
}

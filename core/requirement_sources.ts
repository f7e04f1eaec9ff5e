import type { ClientKind, ProductName, TextMap, TextRecord } from "./format/model.ts";
import { productPath } from "./format/model.ts";
import { levelFolders } from "./format/level.ts";
import { sortedByKey } from "./format/json_text.ts";
import { readRequirementsFile, requirementsPath } from "./level_files.ts";
import type { TreeReader } from "./ports.ts";

/** A published requirement of a product, and where it comes from. */
export interface RequirementSource {
  readonly key: string;
  readonly value: string;
  /** The file that gives this value, relative to the root; none of the tree's does when it is not there. */
  readonly file?: string;
}

/** The requirements files of a product's levels by their paths, the outermost first. */
type LevelFiles = readonly (readonly [path: string, requirements: TextMap])[];

/**
 * Returns a product's published requirements, sorted by key, each with the file that it comes from.
 *
 * @param published what the document has for this family of clients
 * @throws {FormatError} when a requirements file is broken
 */
export function findRequirementSources(
  reader: TreeReader,
  root: string,
  options: {
    readonly product: ProductName;
    readonly client: ClientKind;
    readonly published: TextRecord;
  },
): readonly RequirementSource[] {
  const { product, client, published } = options;
  const folders = levelFolders(productPath(product));
  const filesOf = (kind: ClientKind): LevelFiles =>
    folders.flatMap((folder) => {
      const path = requirementsPath(folder, kind);
      const requirements = readRequirementsFile(reader, root, path);
      return requirements === undefined ? [] : [[path, requirements] as const];
    });
  // As they are merged: with files of one kind alone both families of clients get those
  const own = filesOf(client);
  const files = own.length > 0 ? own : filesOf(client === "incus" ? "lxd" : "incus");
  return sortedByKey(new Map(Object.entries(published))).map(([key, value]) => {
    const [file, requirements] = files.findLast(([, each]) => each.has(key)) ?? [];
    return requirements?.get(key) === value ? { key, value, file } : { key, value };
  });
}

import { BadFilesError, FormatError } from "./errors.ts";
import type { Finding } from "./format/finding.ts";
import {
  IMAGE_SETTINGS_NAME,
  type ImageSettings,
  parseImageSettings,
} from "./format/image_settings.ts";
import { levelFolders } from "./format/level.ts";
import { applyRules } from "./format/maintainer_settings.ts";
import {
  type ClientKind,
  type ProductName,
  productPath,
  type ProductPlace,
  type TextMap,
} from "./format/model.ts";
import { type ResolvedSettings, resolveSettings } from "./format/product_settings.ts";
import {
  checkRequirements,
  mergeRequirements,
  parseRequirements,
  REQUIREMENTS_FILES,
  type RequirementsPair,
} from "./format/requirements.ts";
import type { SettingsFileName } from "./format/settings_files.ts";
import { requireUtf8 } from "./format/utf8.ts";
import type { YamlReader } from "./ports.ts";

/** A settings file of a level. */
export interface SettingsFile {
  /** The folder whose products it is for, relative to the root. */
  readonly folder: string;
  readonly name: SettingsFileName;
  readonly text: string;
}

/** Requirements that one file gives to one family of clients. */
export interface RequirementLayer {
  /** The file, relative to the root. */
  readonly path: string;
  readonly client: ClientKind;
  readonly requirements: TextMap;
}

/** The image.yaml of a version. */
export interface VersionSettings {
  /** Relative to the root. */
  readonly path: string;
  readonly settings: ImageSettings;
}

/** The settings of a whole tree, merged over levels when they are asked for. */
export interface TreeSettings {
  /** What the four levels of a product, and the settings of its newest version, make of it. */
  of(product: ProductPlace, newest?: VersionSettings): RequirementsPair & ResolvedSettings;
  /** The label of a version: its own, else that of the deepest level with one. */
  labelOf(product: ProductPlace, version?: VersionSettings): string | undefined;
  /** The requirements of a folder's levels, the outermost first: a later layer counts more. */
  layersOf(folder: string, newest?: VersionSettings): readonly RequirementLayer[];
  /** The list of further aliases of each folder that has one, the outermost first. */
  readonly aliases: ReadonlyMap<string, readonly string[]>;
  readonly findings: readonly Finding[];
}

/**
 * Returns what settings files say.
 *
 * @param files in any order
 * @throws {BadFilesError} naming every file that cannot be used, so that one look mends them all
 */
export async function readSettings(
  ports: { readonly yaml: YamlReader },
  files: readonly SettingsFile[],
): Promise<TreeSettings> {
  const requirements = new Map<string, TextMap>();
  const images = new Map<string, ImageSettings>();
  const findings: Finding[] = [];
  const errors: FormatError[] = [];
  for (const { folder, name, text } of files) {
    const path = `${folder}/${name}`;
    try {
      if (name === IMAGE_SETTINGS_NAME) {
        const read = parseImageSettings(await ports.yaml.read(requireUtf8(text, path), path), path);
        images.set(folder, read.settings);
        findings.push(...read.findings);
      } else {
        const read = parseRequirements(text, path);
        requirements.set(path, read);
        findings.push(...checkRequirements(read, path));
      }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new BadFilesError(errors);

  function layersOf(folder: string, newest?: VersionSettings): readonly RequirementLayer[] {
    const [, os, release, arch, variant] = folder.split("/");
    const name = { os, release, arch, variant };
    const layers = levelFolders(folder).flatMap((level) => {
      const image = images.get(level);
      const ofFiles = (["incus", "lxd"] as const).flatMap((client): RequirementLayer[] => {
        const path = `${level}/${REQUIREMENTS_FILES[client]}`;
        const read = requirements.get(path);
        return read === undefined ? [] : [{ path, client, requirements: read }];
      });
      const path = `${level}/${IMAGE_SETTINGS_NAME}`;
      return image === undefined
        ? ofFiles
        : [...layersOfImage(name, { path, settings: image }), ...ofFiles];
    });
    return newest === undefined ? layers : [...layers, ...layersOfImage(name, newest)];
  }

  function imagesOf(product: ProductPlace, version?: VersionSettings): readonly ImageSettings[] {
    const levels = levelFolders(productPath(product)).flatMap((level) => images.get(level) ?? []);
    return version === undefined ? levels : [...levels, version.settings];
  }

  const aliases = new Map<string, readonly string[]>();
  for (const folder of [...images.keys()].sort()) {
    const add = images.get(folder)?.aliases.add;
    if (add !== undefined) aliases.set(folder, add);
  }
  return {
    aliases,
    findings,
    layersOf,
    of: (product, newest) => ({
      ...mergeLayers(layersOf(productPath(product), newest)),
      ...resolveSettings(product, imagesOf(product, newest)),
    }),
    labelOf: (product, version) =>
      imagesOf(product, version).findLast(({ label }) => label !== undefined)?.label,
  };
}

/** Returns the requirements of both families of clients from layers, the outermost first. */
export function mergeLayers(layers: readonly RequirementLayer[]): RequirementsPair {
  const of = (client: ClientKind) =>
    layers.filter((layer) => layer.client === client).map((layer) => layer.requirements);
  return mergeRequirements({ incus: of("incus"), lxd: of("lxd") });
}

/** What one image.yaml requires; its rules first, as what it says of all products counts more. */
function layersOfImage(
  name: Partial<ProductName>,
  { path, settings }: VersionSettings,
): readonly RequirementLayer[] {
  const ruled = applyRules(settings.simplestream?.requirements ?? [], name);
  const incus = [ruled.size === 0 ? undefined : ruled, settings.requirements];
  return [
    ...incus.map((requirements) => ({ client: "incus" as const, requirements })),
    { client: "lxd" as const, requirements: settings.lxdRequirements },
  ].flatMap(({ client, requirements }) =>
    requirements === undefined ? [] : [{ path, client, requirements }]
  );
}

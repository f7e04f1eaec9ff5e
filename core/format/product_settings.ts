import { defaultAliases } from "./aliases.ts";
import type { ImageSettings } from "./image_settings.ts";
import type { ProductName } from "./model.ts";
import type { ReleaseAliases } from "./release_aliases.ts";

/** What a document says of a product besides its names, files and requirements. */
export interface ProductSettings {
  /** As it is shown; the folder's name when it is not there. */
  readonly os?: string;
  /** The release's name when it is not there. */
  readonly releaseTitle?: string;
  readonly releaseCodename?: string;
  readonly version?: string;
  /** `YYYY-MM-DD`. */
  readonly supportEol?: string;
  readonly supported?: boolean;
}

/** What settings make of a product. */
export interface ResolvedSettings {
  readonly settings: ProductSettings;
  /** Those that the product asks for, each once; the full one first, as the original tool has them. */
  readonly aliases: readonly string[];
}

/**
 * Returns what settings make of a product.
 *
 * @param levels those of the product's levels and its newest version, the outermost first: for each
 * key the deepest that has it counts, of `release_aliases` for each release
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { resolveSettings } from "./product_settings.ts";
 * const name = { os: "debian", release: "12", arch: "amd64", variant: "default" };
 * const level = { os: "Debian", aliases: { add: ["stable"] }, releaseAliases: new Map() };
 * const { settings, aliases } = resolveSettings(name, [level]);
 * assert.deepEqual([settings.os, aliases], ["Debian", ["debian/12/default", "debian/12", "stable"]]);
 * ```
 */
export function resolveSettings(
  name: ProductName,
  levels: readonly ImageSettings[],
): ResolvedSettings {
  const deepest = <Value>(read: (level: ImageSettings) => Value | undefined) =>
    levels.map(read).findLast((value) => value !== undefined);
  return {
    settings: {
      os: deepest((level) => level.os ?? level.simplestream?.distroName),
      releaseTitle: deepest((level) => level.releaseTitle),
      releaseCodename: deepest((level) => level.releaseCodename),
      version: deepest((level) => level.version),
      supportEol: deepest((level) => level.supportEol),
      supported: deepest((level) => level.supported),
    },
    aliases: resolveAliases(name, levels, {
      add: deepest((level) => level.aliases.add) ?? [],
      hasDefault: deepest((level) => level.aliases.default) ?? true,
    }),
  };
}

function resolveAliases(
  name: ProductName,
  levels: readonly ImageSettings[],
  { add, hasDefault }: { readonly add: readonly string[]; readonly hasDefault: boolean },
): readonly string[] {
  const namesIn = (maps: readonly (ReleaseAliases | undefined)[]) =>
    maps.findLast((map) => map?.has(name.release))?.get(name.release) ?? [];
  const isMaintained = levels.some(({ simplestream }) => simplestream !== undefined);
  const releases = namesIn(levels.map(({ releaseAliases }) => releaseAliases));
  const maintained = namesIn(levels.map(({ simplestream }) => simplestream?.releaseAliases));
  const all = [
    ...hasDefault ? (isMaintained ? maintainerAliases(name) : defaultAliases(name)) : [],
    ...releases.flatMap((release) => defaultAliases({ ...name, release })),
    ...maintained.flatMap((release) => maintainerAliases({ ...name, release })),
    ...add,
  ];
  return [...new Set(all)];
}

/** simplestream-maintainer stream.go, CreateAliases: the release "current" goes without saying. */
function maintainerAliases(name: ProductName): readonly string[] {
  const { os, release, variant } = name;
  if (release !== "current") return defaultAliases(name);
  const aliases = [`${os}/${release}/${variant}`, `${os}/${variant}`];
  return variant === "default" ? [...aliases, os] : aliases;
}

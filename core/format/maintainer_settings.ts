import { canonicalArchitecture } from "./architecture.ts";
import type { ProductName, TextMap } from "./model.ts";
import { readReleaseAliases, type ReleaseAliases } from "./release_aliases.ts";
import {
  readYamlList,
  readYamlMapping,
  readYamlMember,
  readYamlText,
  readYamlTextMap,
  readYamlTexts,
  type YamlNode,
} from "./yaml_node.ts";

/** The key `simplestream` of an image.yaml, as simplestream-maintainer reads it. */
export interface MaintainerSettings {
  /** The os as it is shown. */
  readonly distroName?: string;
  readonly releaseAliases: ReleaseAliases;
  readonly requirements: readonly RequirementRule[];
}

/** Requirements of some products; an empty list takes all. */
export interface RequirementRule {
  readonly requirements: TextMap;
  readonly releases: readonly string[];
  readonly architectures: readonly string[];
  readonly variants: readonly string[];
  /** Container or vm: with any, simplestream-maintainer takes the rule for no product. */
  readonly types: readonly string[];
}

/**
 * Returns what the key `simplestream` says; what is not known in there is passed over.
 *
 * @throws {FormatError} with line and column, for a value of another shape
 */
export function readMaintainerSettings(path: string, node: YamlNode): MaintainerSettings {
  const mapping = readYamlMapping(path, node);
  return {
    distroName: readYamlMember(mapping, "distro_name", readYamlText),
    releaseAliases: readYamlMember(mapping, "release_aliases", readReleaseAliases) ?? new Map(),
    requirements: readYamlMember(mapping, "requirements", readRules) ?? [],
  };
}

/**
 * Returns the requirements that a product gets from rules, a later one over those before it.
 *
 * @param product what is known of it: a rule that asks for a name that is not known does not apply
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { applyRules } from "./maintainer_settings.ts";
 * const rule = {
 *   requirements: new Map([["secureboot", "false"]]),
 *   releases: ["noble"],
 *   architectures: [],
 *   variants: [],
 *   types: [],
 * };
 * assert.equal(applyRules([rule], { os: "ubuntu", release: "noble" }).size, 1);
 * assert.equal(applyRules([rule], { os: "ubuntu", release: "jammy" }).size, 0);
 * ```
 */
export function applyRules(
  rules: readonly RequirementRule[],
  product: Partial<ProductName>,
): TextMap {
  const { release, arch, variant } = product;
  const takes = (names: readonly string[], isIt: (name: string) => boolean) =>
    names.length === 0 || names.some(isIt);
  return new Map(
    rules.filter((rule) =>
      rule.types.length === 0 &&
      takes(rule.releases, (name) => name === release) &&
      takes(rule.architectures, (name) => isSameArchitecture(name, arch)) &&
      takes(rule.variants, (name) => name === variant)
    ).flatMap(({ requirements }) => [...requirements]),
  );
}

function isSameArchitecture(name: string, arch: string | undefined): boolean {
  const canonical = (spelling: string) => canonicalArchitecture(spelling) ?? spelling;
  return arch !== undefined && canonical(name) === canonical(arch);
}

function readRules(path: string, node: YamlNode): readonly RequirementRule[] {
  return readYamlList(path, node).map((part) => {
    const mapping = readYamlMapping(path, part);
    const texts = (key: string) => readYamlMember(mapping, key, readYamlTexts) ?? [];
    return {
      requirements: readYamlMember(mapping, "requirements", readYamlTextMap) ?? new Map(),
      releases: texts("releases"),
      architectures: texts("architectures"),
      variants: texts("variants"),
      types: texts("types"),
    };
  });
}

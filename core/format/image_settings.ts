import { whyAliasUnusable } from "./aliases.ts";
import { type Finding, warning } from "./finding.ts";
import { type MaintainerSettings, readMaintainerSettings } from "./maintainer_settings.ts";
import type { TextMap } from "./model.ts";
import { checkRequirements } from "./requirements.ts";
import type { ProductSettings } from "./product_settings.ts";
import { readReleaseAliases, type ReleaseAliases } from "./release_aliases.ts";
import { nearest, printable, whyPathUnusable } from "./text.ts";
import { readVersionName } from "./version_name.ts";
import {
  isYamlList,
  readYamlList,
  readYamlMapping,
  readYamlMember,
  readYamlText,
  readYamlTextMap,
  settingError,
  type YamlMapping,
  type YamlNode,
} from "./yaml_node.ts";

/** The name of the settings file of any level from the os to a version. */
export const IMAGE_SETTINGS_NAME = "image.yaml";

/** What one image.yaml says; a key that is not in it is undefined or has nothing. */
export interface ImageSettings extends ProductSettings {
  /** Of a version. */
  readonly label?: string;
  readonly aliases: AliasSettings;
  readonly releaseAliases: ReleaseAliases;
  readonly requirements?: TextMap;
  readonly lxdRequirements?: TextMap;
  readonly simplestream?: MaintainerSettings;
}

/** Which aliases a product has. */
export interface AliasSettings {
  /** Beside those that its names give. */
  readonly add?: readonly string[];
  /** Whether it has those that its names give; it does when nothing says so. */
  readonly default?: boolean;
}

/** An image.yaml's content, and what in it does nothing. */
export interface ReadImageSettings {
  readonly settings: ImageSettings;
  readonly findings: readonly Finding[];
}

const KEYS = [
  "os",
  "release_title",
  "release_codename",
  "version",
  "support_eol",
  "supported",
  "label",
  "aliases",
  "release_aliases",
  "requirements",
  "lxd_requirements",
];
/** Top keys of an image's definition, which simplestream-maintainer reads from a file of this name. */
const DEFINITION_KEYS = ["image", "simplestream", "source", "targets"];

/**
 * Returns what an image.yaml says.
 *
 * @param document the whole document, scalars as text
 * @throws {FormatError} with line and column, for a value that a client or this tool could not use
 */
export function parseImageSettings(document: YamlNode, path: string): ReadImageSettings {
  const mapping = readYamlMapping(path, document);
  const text = (key: string) => readYamlMember(mapping, key, readShownText);
  const settings: ImageSettings = {
    os: text("os"),
    releaseTitle: text("release_title"),
    releaseCodename: text("release_codename"),
    version: text("version"),
    supportEol: readYamlMember(mapping, "support_eol", readDate),
    supported: readYamlMember(mapping, "supported", readBoolean),
    label: text("label"),
    aliases: readYamlMember(mapping, "aliases", readAliases) ?? {},
    releaseAliases: readYamlMember(mapping, "release_aliases", readReleaseAliases) ?? new Map(),
    requirements: readYamlMember(mapping, "requirements", readYamlTextMap),
    lxdRequirements: readYamlMember(mapping, "lxd_requirements", readYamlTextMap),
    simplestream: readYamlMember(mapping, "simplestream", readMaintainerSettings),
  };
  const requirements = new Map([
    ...settings.requirements ?? [],
    ...settings.lxdRequirements ?? [],
    ...settings.simplestream?.requirements.flatMap((rule) => [...rule.requirements]) ?? [],
  ]);
  return {
    settings,
    findings: [...findUnknownKeys(mapping), ...checkRequirements(requirements, path)],
  };
}

/** Any text that clients show: what breaks a table or a terminal is refused. */
function readShownText(path: string, node: YamlNode): string {
  const text = readYamlText(path, node);
  if (printable(text) === text) return text;
  throw settingError(path, node, `found "${printable(text)}", expected text on one line`);
}

// client-contract: the daemon drops its cached copy of an image after support_eol
function readDate(path: string, node: YamlNode): string {
  const text = readYamlText(path, node);
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text) && readVersionName(text.replaceAll("-", ""));
  if (isDate) return text;
  throw settingError(path, node, `found "${printable(text)}", expected a date, YYYY-MM-DD`);
}

function readBoolean(path: string, node: YamlNode): boolean {
  const text = readYamlText(path, node);
  if (text === "true" || text === "false") return text === "true";
  throw settingError(path, node, `found "${printable(text)}", expected true or false`);
}

function readAliases(path: string, node: YamlNode): AliasSettings {
  if (isYamlList(node.value)) return { add: readAliasList(path, node) };
  if (typeof node.value === "string" && node.value !== "") {
    const problem = `found "${printable(node.value)}", expected a list, [ … ]`;
    throw settingError(path, node, problem);
  }
  const mapping = readYamlMapping(path, node);
  for (const [key, member] of mapping.members) {
    if (key === "add" || key === "default") continue;
    const problem = `found the key "${printable(key)}", expected "add" or "default"`;
    throw settingError(path, member.key, problem);
  }
  return {
    add: readYamlMember(mapping, "add", readAliasList),
    default: readYamlMember(mapping, "default", readBoolean),
  };
}

function readAliasList(path: string, node: YamlNode): readonly string[] {
  return readYamlList(path, node).map((part) => readAlias(path, part));
}

function readAlias(path: string, node: YamlNode): string {
  const alias = readYamlText(path, node);
  const reason = whyAliasUnusable(alias) ?? whyPathUnusable(alias);
  if (reason === undefined && alias.trim() === alias) return alias;
  const problem = reason ?? "clients do not trim aliases";
  throw settingError(path, node, `found the alias "${printable(alias)}": ${problem}`);
}

/** In a definition of a whole image most keys are for others. */
function findUnknownKeys({ path, members }: YamlMapping): readonly Finding[] {
  if (DEFINITION_KEYS.some((key) => members.has(key))) return [];
  return [...members.keys()].filter((key) => !KEYS.includes(key)).map((key) => {
    const meant = nearest(key.replaceAll("-", "_"), KEYS);
    const hint = meant === undefined
      ? `expected one of ${KEYS.join(", ")}`
      : `did you mean "${meant}"?`;
    return warning(
      "SETTING_UNKNOWN",
      path,
      `nothing is done with the key "${printable(key)}"; ${hint}`,
    );
  });
}

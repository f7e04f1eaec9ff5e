import { whyAliasUnusable } from "./aliases.ts";
import { printable } from "./text.ts";
import {
  isYamlList,
  readYamlMapping,
  readYamlText,
  settingError,
  type YamlNode,
} from "./yaml_node.ts";

/** Release to the other names that it has. */
export type ReleaseAliases = ReadonlyMap<string, readonly string[]>;

/**
 * Returns what releases are called besides their own names: a list of names each, or a text with
 * commas between them, as simplestream-maintainer has it.
 *
 * @throws {FormatError} with line and column, for a name that no alias can have in it
 */
export function readReleaseAliases(path: string, node: YamlNode): ReleaseAliases {
  const { members } = readYamlMapping(path, node);
  return new Map([...members].map(([release, member]) => [release, readNames(path, member.node)]));
}

function readNames(path: string, node: YamlNode): readonly string[] {
  if (isYamlList(node.value)) return node.value.flatMap((part) => readNames(path, part));
  const names = readYamlText(path, node).split(",").map((name) => name.trim());
  for (const name of names) {
    const reason = name === "" ? "it is empty" : whyAliasUnusable(name);
    if (reason === undefined) continue;
    throw settingError(path, node, `found the release alias "${printable(name)}": ${reason}`);
  }
  return names;
}

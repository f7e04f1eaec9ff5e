import { isYamlList, type YamlNode } from "../format/yaml_node.ts";
import { BrokenArchive } from "./broken_archive.ts";
import { readYamlDocument, YamlProblem } from "./yaml_document.ts";

const WANTED = "expected a YAML mapping in UTF-8";

/**
 * Returns the mapping in a metadata.yaml, every scalar as the text that is written there.
 * A key `__proto__` is a property like any other.
 * @throws {BrokenArchive} when it is not UTF-8, not YAML, not a mapping, or blown up by aliases
 */
export async function parseMetadataYaml(bytes: Uint8Array): Promise<unknown> {
  try {
    const document = await readYamlDocument(decode(bytes));
    if (document.value instanceof Map) return plainValue(document);
    throw new YamlProblem("no mapping", document);
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    const { line, column } = error.place;
    throw new BrokenArchive(
      `metadata.yaml line ${line}, column ${column}: ${error.message}, ${WANTED}`,
      { line, column },
      { cause: error.cause ?? error },
    );
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new BrokenArchive(`metadata.yaml is not UTF-8, ${WANTED}`, {}, { cause: error });
  }
}

function plainValue({ value }: YamlNode): unknown {
  if (typeof value === "string") return value;
  if (isYamlList(value)) return value.map(plainValue);
  // fromEntries() defines properties: assigning `__proto__` would replace the prototype
  return Object.fromEntries(Array.from(value, ([key, member]) => [key, plainValue(member.node)]));
}

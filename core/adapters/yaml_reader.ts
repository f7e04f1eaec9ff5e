import { settingError } from "../format/yaml_node.ts";
import { printable } from "../format/text.ts";
import type { YamlReader } from "../ports.ts";
import { readYamlDocument, YamlProblem } from "./yaml_document.ts";

/** Returns a reader of YAML files; the package that it needs is loaded with the first of them. */
export function createYamlReader(): YamlReader {
  return {
    async read(text, path) {
      try {
        return await readYamlDocument(text);
      } catch (error) {
        if (!(error instanceof YamlProblem)) throw error;
        throw settingError(path, error.place, `${printable(error.message)}, expected YAML`);
      }
    },
  };
}

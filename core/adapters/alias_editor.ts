import { FormatError } from "../errors.ts";
import { printable } from "../format/text.ts";
import type { AliasEditor } from "../ports.ts";

/** Returns an editor that leaves everything else of a file as it is, comments too. */
export function createAliasEditor(): AliasEditor {
  return { addAliases };
}

/** `text` is that of an image.yaml, or undefined where there is none; `path` is for messages. */
async function addAliases(
  text: string | undefined,
  aliases: readonly string[],
  path: string,
): Promise<string> {
  const yaml = await import("yaml");
  const lineCounter = new yaml.LineCounter();
  // All scalars are text, as those who read the file take them
  const document = yaml.parseDocument(text ?? "", {
    schema: "failsafe",
    prettyErrors: false,
    lineCounter,
  });
  const problem = (offset: number, found: string, expected: string) => {
    const { line, col: column } = lineCounter.linePos(offset);
    return new FormatError(
      `Cannot add an alias to "${printable(path)}" line ${line}, column ${column}: ` +
        `${printable(found)}, expected ${expected}`,
      { path, line, column },
    );
  };
  const [error] = document.errors;
  if (error !== undefined) {
    throw problem(error.pos[0], error.message.replace(/\.$/, ""), "a YAML mapping");
  }
  const isBlank = (node: unknown) =>
    node === undefined || node === null || (yaml.isScalar(node) && !node.source);
  const top = document.contents;
  if (isBlank(top)) document.contents = null;
  else if (!yaml.isMap(top)) throw problem(top?.range[0] ?? 0, "no mapping", "a YAML mapping");

  const present = document.get("aliases", true);
  const list = yaml.isMap(present) ? present.get("add", true) : present;
  if (yaml.isSeq(list)) {
    const known = new Set(list.items.map((item) => yaml.isScalar(item) ? item.value : undefined));
    const missing = aliases.filter((alias) => !known.has(alias));
    if (missing.length === 0) return text ?? "";
    for (const alias of missing) list.add(document.createNode(alias));
  } else if (isBlank(list)) {
    if (present !== undefined && isBlank(present)) document.delete("aliases");
    document.setIn(["aliases", "add"], document.createNode([...aliases]));
  } else {
    const offset = yaml.isNode(list) ? list.range?.[0] ?? 0 : 0;
    throw problem(offset, "this is no list", "a list of aliases");
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

import { SimplestreamsError } from "../core/errors.ts";
import type { ImageType } from "../core/format/image_files.ts";
import { printable } from "../core/format/text.ts";
import type { ImageQuery } from "../core/list_images.ts";
import type { TreeReader } from "../core/ports.ts";
import { rootPath } from "../core/root_path.ts";

/** What the operands of `list` ask for. */
export interface ListOperands {
  readonly root: string;
  readonly query: ImageQuery;
}

const NAMES = ["os", "release", "arch", "variant", "type"];
const TYPES: ReadonlyMap<string, ImageType> = new Map([
  ["container", "container"],
  ["virtual-machine", "virtual-machine"],
  ["vm", "virtual-machine"],
]);

/**
 * Returns what operands ask for: `NAME=VALUE` is a filter, of the others the first is the root and
 * the rest are words to look for.
 *
 * @throws {SimplestreamsError} `USAGE` for a filter that there is not, one twice, or an unknown type
 */
export function parseListOperands(operands: readonly string[]): ListOperands {
  const others: string[] = [];
  const values = new Map<string, string>();
  for (const operand of operands) {
    const [, name, value = ""] = /^([a-z]+)=(.*)$/s.exec(operand) ?? [];
    if (name === undefined) {
      others.push(operand);
      continue;
    }
    if (!NAMES.includes(name)) {
      refuse(operand, `"${name}" is no filter`, `one of ${NAMES.join(", ")}, or "./${operand}"`);
    }
    if (values.has(name)) refuse(operand, `"${name}" is given twice`, "each filter once");
    values.set(name, value);
  }
  const [root = ".", ...words] = others;
  const { type: typeName, ...names } = Object.fromEntries(values);
  const type = typeName === undefined ? undefined : TYPES.get(typeName);
  if (typeName !== undefined && type === undefined) {
    refuse(`type=${typeName}`, "there is no such type", `one of ${[...TYPES.keys()].join(", ")}`);
  }
  return { root: rootPath(root), query: { ...names, type, words } };
}

/**
 * Refuses a word to look for that stands where the root is expected.
 *
 * @throws {SimplestreamsError} `USAGE`
 */
export function refuseWordAsRoot(reader: TreeReader, root: string): void {
  if (/^[/.]/.test(root) || reader.stat(root) !== undefined) return;
  throw new SimplestreamsError(
    "USAGE",
    `Cannot use "${printable(root)}": there is no such directory, expected the one that is ` +
      `served; to look for a word, put a directory before it, as in "simplestreams list . WORD"`,
  );
}

function refuse(operand: string, found: string, expected: string): never {
  throw new SimplestreamsError(
    "USAGE",
    `Cannot filter by "${operand}": ${found}, expected ${expected}`,
  );
}

import type { LineCounter, Pair } from "yaml";
import type { TextPlace, YamlMember, YamlNode } from "../format/yaml_node.ts";

const MAX_DEPTH = 64;
/** How many nodes aliases may stand for; a few short lines can stand for billions. */
const MAX_ALIASED = 10000;
const START: TextPlace = { line: 1, column: 1 };

/** What is wrong with a YAML document, and where. */
export class YamlProblem extends Error {
  override readonly name = "YamlProblem";
  constructor(problem: string, readonly place: TextPlace, options?: ErrorOptions) {
    super(problem, options);
  }
}

/**
 * Returns the first YAML document in a text, every scalar as the text that is written there. What
 * nothing is written for is empty text, and so is an empty document.
 * @throws {YamlProblem} when it is not YAML, or blown up by aliases
 */
export async function readYamlDocument(text: string): Promise<YamlNode> {
  const yaml = await import("yaml");
  const lineCounter = new yaml.LineCounter();
  const document = yaml.parseDocument(text, {
    schema: "failsafe",
    // Its own check takes minutes for a MiB of keys; convert() has one
    uniqueKeys: false,
    prettyErrors: false,
    // Further documents in the file are not read, as in Go, and so in the clients
    logLevel: "silent",
    lineCounter,
  });
  const error = document.errors[0];
  if (error !== undefined) {
    const problem = error.code === "RESOURCE_EXHAUSTION" ? "nested too deep" : error.message;
    const place = placeAt(lineCounter, error.pos[0]);
    throw new YamlProblem(problem.replace(/\.$/, ""), place, { cause: error });
  }
  return createConverter(yaml, lineCounter)(document.contents, START, 0).node;
}

interface Converted {
  readonly node: YamlNode;
  /** How many nodes it was made of. */
  readonly weight: number;
}

/** `near` is where a node is taken to be that has no place of its own: nothing is written there. */
type Convert = (node: unknown, near: TextPlace, depth: number) => Converted;

function createConverter(yaml: typeof import("yaml"), lineCounter: LineCounter): Convert {
  const anchors = new Map<string, Converted>();
  let aliased = 0;

  const convert: Convert = (node, near, depth) => {
    if (!yaml.isNode(node)) return { node: { ...near, value: "" }, weight: 1 };
    const place = placeOf(node) ?? near;
    if (depth > MAX_DEPTH) throw new YamlProblem("nested too deep", place);
    if (yaml.isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined) {
        throw new YamlProblem(`alias "${node.source}" without its anchor`, place);
      }
      aliased += target.weight;
      if (aliased > MAX_ALIASED) {
        throw new YamlProblem(`aliases for over ${MAX_ALIASED} nodes`, place);
      }
      return target;
    }
    const converted = convertContent(node, place, depth + 1);
    if ("anchor" in node && node.anchor !== undefined) anchors.set(node.anchor, converted);
    return converted;
  };

  const convertContent: Convert = (node, place, depth) => {
    if (yaml.isSeq(node)) {
      const items = node.items.map((item) => convert(item, place, depth));
      return { node: { ...place, value: items.map((item) => item.node) }, weight: weigh(items) };
    }
    if (yaml.isMap(node)) {
      const members = new Map<string, YamlMember>();
      const merged: YamlNode[] = [];
      const parts: Converted[] = [];
      for (const pair of node.items) {
        const { key, name } = readKey(pair, place, depth);
        const isMerge = isMergeKey(pair);
        if (members.has(name)) throw new YamlProblem(`key "${name}" is there twice`, key);
        const part = convert(pair.value, key, depth);
        parts.push(part);
        if (isMerge) merged.push(...mergedMappings(part.node, key));
        else members.set(name, { key, node: part.node });
      }
      for (const { value } of merged) {
        if (!(value instanceof Map)) continue;
        for (const [name, member] of value) if (!members.has(name)) members.set(name, member);
      }
      return { node: { ...place, value: members }, weight: weigh(parts) };
    }
    if (!yaml.isScalar(node)) return { node: { ...place, value: "" }, weight: 1 };
    // A tag such as !!binary makes something else of the text
    const value = typeof node.value === "string" ? node.value : node.source ?? "";
    return { node: { ...place, value }, weight: 1 };
  };

  /** yaml.org/type/merge.html: a plain `<<`. */
  function isMergeKey({ key }: Pair): boolean {
    return yaml.isScalar(key) && key.value === "<<" && key.type === "PLAIN";
  }

  function readKey(pair: Pair, near: TextPlace, depth: number) {
    const { node: { value } } = convert(pair.key, near, depth);
    const key = placeOf(pair.key) ?? near;
    if (typeof value !== "string") throw new YamlProblem("a key that is not text", key);
    return { key, name: value };
  }

  function placeOf(node: unknown): TextPlace | undefined {
    const offset = yaml.isNode(node) ? node.range?.[0] : undefined;
    return offset === undefined ? undefined : placeAt(lineCounter, offset);
  }

  return convert;
}

/** What `<<` brings in: a mapping, or a list of some, of which an earlier one counts more. */
function mergedMappings(node: YamlNode, key: TextPlace): readonly YamlNode[] {
  const mappings = Array.isArray(node.value) ? node.value : [node];
  if (mappings.every(({ value }) => value instanceof Map)) return mappings;
  throw new YamlProblem('found "<<" with something else than mappings after it', key);
}

function weigh(parts: readonly Converted[]): number {
  return parts.reduce((sum, { weight }) => sum + weight, 1);
}

function placeAt(lineCounter: LineCounter, offset: number): TextPlace {
  const { line, col: column } = lineCounter.linePos(offset);
  return { line, column };
}

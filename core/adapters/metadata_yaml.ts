import type { LineCounter, Pair } from "yaml";
import { BrokenArchive } from "./broken_archive.ts";

const WANTED = "expected a YAML mapping in UTF-8";
const MAX_DEPTH = 64;
/** How many nodes aliases may stand for; a few short lines can stand for billions. */
const MAX_ALIASED = 10000;

/**
 * Returns the mapping in a YAML document, every scalar as the text that is written there.
 * A key `__proto__` is a property like any other.
 * @throws {BrokenArchive} when it is not UTF-8, not YAML, not a mapping, or blown up by aliases
 */
export async function parseMetadataYaml(bytes: Uint8Array): Promise<unknown> {
  const yaml = await import("yaml");
  const lineCounter = new yaml.LineCounter();
  const document = yaml.parseDocument(decode(bytes), {
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
    const text = error.code === "RESOURCE_EXHAUSTION" ? "nested too deep" : error.message;
    throw problemAt(lineCounter, error.pos[0], text, error);
  }
  if (!yaml.isMap(document.contents)) {
    throw problemAt(lineCounter, document.contents?.range?.[0] ?? 0, "no mapping");
  }
  return createConverter(yaml, lineCounter)(document.contents, 0).value;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new BrokenArchive(`metadata.yaml is not UTF-8, ${WANTED}`, {}, { cause: error });
  }
}

interface Converted {
  readonly value: unknown;
  /** How many nodes it was made of. */
  readonly weight: number;
}

type Convert = (node: unknown, depth: number) => Converted;

function createConverter(yaml: typeof import("yaml"), lineCounter: LineCounter): Convert {
  const anchors = new Map<string, Converted>();
  let aliased = 0;

  const convert: Convert = (node, depth) => {
    if (!yaml.isNode(node)) return { value: "", weight: 1 };
    if (depth > MAX_DEPTH) throw problem(node, "nested too deep");
    if (yaml.isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined) throw problem(node, `alias "${node.source}" without its anchor`);
      aliased += target.weight;
      if (aliased > MAX_ALIASED) throw problem(node, `aliases for over ${MAX_ALIASED} nodes`);
      return target;
    }
    const converted = convertContent(node, depth + 1);
    if ("anchor" in node && node.anchor !== undefined) anchors.set(node.anchor, converted);
    return converted;
  };

  const convertContent: Convert = (node, depth) => {
    if (yaml.isSeq(node)) {
      const items = node.items.map((item) => convert(item, depth));
      return { value: items.map(({ value }) => value), weight: weigh(items) };
    }
    if (yaml.isMap(node)) {
      const members = new Map<string, Converted>();
      for (const pair of node.items) {
        const key = readKey(pair, depth);
        if (members.has(key)) throw problem(pair.key, `key "${key}" is there twice`);
        members.set(key, convert(pair.value, depth));
      }
      // fromEntries() defines properties: assigning `__proto__` would replace the prototype
      const value = Object.fromEntries(Array.from(members, ([key, { value }]) => [key, value]));
      return { value, weight: weigh([...members.values()]) };
    }
    if (!yaml.isScalar(node)) return { value: "", weight: 1 };
    // A tag such as !!binary makes something else of the text
    const value = typeof node.value === "string" ? node.value : node.source ?? "";
    return { value, weight: 1 };
  };

  const readKey = (pair: Pair, depth: number): string => {
    const { value } = convert(pair.key, depth);
    if (typeof value !== "string") throw problem(pair.key, "a key that is not text");
    return value;
  };

  const problem = (node: unknown, text: string) =>
    problemAt(lineCounter, yaml.isNode(node) ? node.range?.[0] : undefined, text);

  return convert;
}

function weigh(parts: readonly Converted[]): number {
  return parts.reduce((sum, { weight }) => sum + weight, 1);
}

function problemAt(
  lineCounter: LineCounter,
  offset: number | undefined,
  text: string,
  cause?: unknown,
): BrokenArchive {
  if (offset === undefined) return new BrokenArchive(`metadata.yaml: ${text}, ${WANTED}`);
  const { line, col: column } = lineCounter.linePos(offset);
  const message = text.replace(/\.$/, "");
  return new BrokenArchive(
    `metadata.yaml line ${line}, column ${column}: ${message}, ${WANTED}`,
    { line, column },
    { cause },
  );
}

import { FormatError } from "../errors.ts";
import { printable } from "./text.ts";

/** Where something begins in a file; both count from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** A part of a YAML document: every scalar is the text that is written there, nothing and `~` too. */
export interface YamlNode extends TextPlace {
  readonly value: string | readonly YamlNode[] | ReadonlyMap<string, YamlMember>;
}

/** What a mapping has under one key. */
export interface YamlMember {
  /** Where the key begins. */
  readonly key: TextPlace;
  readonly node: YamlNode;
}

/** A mapping that was read, and the file that it is from. */
export interface YamlMapping {
  readonly path: string;
  readonly members: ReadonlyMap<string, YamlMember>;
}

/**
 * Returns the error for a place in a settings file.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { settingError } from "./yaml_node.ts";
 * const error = settingError("image.yaml", { line: 2, column: 5 }, 'found "x", expected a list');
 * assert.equal(error.message, 'Cannot read "image.yaml" at line 2, column 5: found "x", expected a list');
 * ```
 */
export function settingError(path: string, place: TextPlace, problem: string): FormatError {
  const { line, column } = place;
  const message = `Cannot read "${printable(path)}" at line ${line}, column ${column}: ${problem}`;
  return new FormatError(message, { path, line, column });
}

/**
 * Returns a node's text.
 *
 * @throws {FormatError} for a list, a mapping, or nothing
 */
export function readYamlText(path: string, node: YamlNode): string {
  if (typeof node.value === "string" && node.value !== "") return node.value;
  throw settingError(path, node, `found ${describeNode(node)}, expected text`);
}

/**
 * Returns the parts of a list.
 *
 * @throws {FormatError} for anything else
 */
export function readYamlList(path: string, node: YamlNode): readonly YamlNode[] {
  if (isYamlList(node.value)) return node.value;
  throw settingError(path, node, `found ${describeNode(node)}, expected a list, [ … ]`);
}

/**
 * Returns what a mapping has; one without content has nothing.
 *
 * @throws {FormatError} for anything else
 */
export function readYamlMapping(path: string, node: YamlNode): YamlMapping {
  const { value } = node;
  if (value === "") return { path, members: new Map() };
  if (typeof value !== "string" && !isYamlList(value)) return { path, members: value };
  throw settingError(path, node, `found ${describeNode(node)}, expected keys and values`);
}

/**
 * Returns what a mapping has for one key, as a reader of nodes makes it; undefined without the key.
 *
 * @throws {FormatError} what the reader throws
 */
export function readYamlMember<Value>(
  mapping: YamlMapping,
  key: string,
  read: (path: string, node: YamlNode) => Value,
): Value | undefined {
  const member = mapping.members.get(key);
  return member && read(mapping.path, member.node);
}

/**
 * Returns texts that stand in a list.
 *
 * @throws {FormatError} for anything else
 */
export function readYamlTexts(path: string, node: YamlNode): readonly string[] {
  return readYamlList(path, node).map((part) => readYamlText(path, part));
}

/**
 * Returns a mapping of texts.
 *
 * @throws {FormatError} for anything else
 */
export function readYamlTextMap(path: string, node: YamlNode): ReadonlyMap<string, string> {
  const { members } = readYamlMapping(path, node);
  return new Map([...members].map(([key, member]) => [key, readYamlText(path, member.node)]));
}

function describeNode({ value }: YamlNode): string {
  if (value === "") return "nothing";
  if (typeof value === "string") return `"${printable(value.slice(0, 40))}"`;
  return isYamlList(value) ? "a list" : "a mapping";
}

/** Returns whether a node's value is a list: `Array.isArray` tells nothing of its parts. */
export function isYamlList(value: YamlNode["value"]): value is readonly YamlNode[] {
  return Array.isArray(value);
}

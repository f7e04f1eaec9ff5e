import { printable } from "./text.ts";

const SPACE = /[ \t\n\r]*/y;
// deno-lint-ignore no-control-regex -- JSON forbids raw control characters in strings
const CHARACTERS = /[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SCALAR = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;

/** A place in a text, counted from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

/** Where a text stops being JSON, and what stands there. */
export interface JsonFault extends TextPlace {
  readonly found: string;
}

/**
 * Returns where a text stops being JSON; undefined when it does not. JSON.parse is asked first, and
 * this when it has said no, as no two engines name the place in the same way.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findJsonFault } from "./json_fault.ts";
 * assert.deepEqual(findJsonFault('{"a":\n x}'), { line: 2, column: 2, found: '"x"' });
 * assert.equal(findJsonFault('{"a": []}'), undefined);
 * ```
 */
export function findJsonFault(text: string): JsonFault | undefined {
  let at = 0;
  const open: string[] = [];
  let expects: "value" | "value or end" | "key" | "key or end" | "separator" = "value";
  skip(SPACE);
  while (at < text.length) {
    const start = at;
    const character = text[at] ?? "";
    if (expects === "separator") {
      const closing = open.at(-1);
      if (closing === undefined) return faultAt(start);
      if (character === ",") expects = closing === "}" ? "key" : "value";
      else if (character === closing) open.pop();
      else return faultAt(start);
      at++;
    } else if (expects === "key" || (expects === "key or end" && character !== "}")) {
      if (!skipString()) return faultAt(start);
      skip(SPACE);
      if (text[at] !== ":") return faultAt(at);
      at++;
      expects = "value";
    } else if (character === open.at(-1) && expects !== "value") {
      open.pop();
      at++;
      expects = "separator";
    } else if (character === "{" || character === "[") {
      open.push(character === "{" ? "}" : "]");
      at++;
      expects = character === "{" ? "key or end" : "value or end";
    } else {
      if (!skipString() && !skip(SCALAR)) return faultAt(start);
      expects = "separator";
    }
    skip(SPACE);
  }
  return open.length > 0 || expects !== "separator" ? faultAt(text.length) : undefined;

  function skip(pattern: RegExp): boolean {
    pattern.lastIndex = at;
    const length = pattern.exec(text)?.[0].length ?? 0;
    at += length;
    return length > 0;
  }
  function skipString(): boolean {
    if (text[at] !== '"') return false;
    at++;
    while (skip(CHARACTERS));
    return text[at++] === '"';
  }
  function faultAt(offset: number): JsonFault {
    const [character] = text.slice(offset, offset + 2);
    const found = character === undefined ? "the end of the file" : `"${printable(character)}"`;
    return { ...textPlace(text, offset), found };
  }
}

/** Returns line and column of an offset in UTF-16 units. */
export function textPlace(text: string, offset: number): TextPlace {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}

import { FormatError } from "../errors.ts";
import { printable } from "./text.ts";

/** A plain value of a flat JSON object. */
export interface FlatValue {
  readonly kind: "text" | "boolean" | "number" | "null";
  /** A text's content; else the literal as it stands in the file, so that no digit is lost. */
  readonly text: string;
  /** Where the value starts, in UTF-16 units from the beginning of the file. */
  readonly offset: number;
}

const SPACE = /[ \t\n\r]*/y;
// One run or escape of a string at a time: a whole string in one pattern takes stack for each character.
// deno-lint-ignore no-control-regex -- JSON forbids raw control characters in strings
const CHARACTERS = /[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /[A-Za-z]+/y;

/**
 * Reads a JSON object whose values are texts, booleans or numbers, and says where each stands.
 * JSON.parse cannot: it names no position that is the same in all engines, and drops a first `"a"` of two.
 *
 * @param options `allowNull`: whether a value may be null; not when it is not given
 * @throws {FormatError} with line and column, when it is bad JSON or holds a list, an object or null
 */
export function parseFlatJson(
  text: string,
  path: string,
  options: { readonly allowNull?: boolean } = {},
): ReadonlyMap<string, FlatValue> {
  const values = new Map<string, FlatValue>();
  let at = 0;

  function match(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  }
  function next(): string {
    match(SPACE);
    return text[at] ?? "";
  }
  function fail(expected: string): never {
    throw flatJsonError({ path, text, offset: at }, `${describe(text, at)}, expected ${expected}`);
  }
  function take(character: string, expected: string): void {
    if (next() !== character) fail(expected);
    at++;
  }
  function readString(expected: string): string {
    if (next() !== '"') fail(expected);
    const start = at++;
    while (match(CHARACTERS) !== undefined);
    if (text[at] !== '"') {
      at = start;
      fail("a string that is closed, with its control characters escaped");
    }
    const content: unknown = JSON.parse(text.slice(start, ++at));
    return String(content);
  }
  function readValue(): FlatValue {
    const first = next();
    const offset = at;
    if (first === '"') return { kind: "text", text: readString("a string"), offset };
    const number = match(NUMBER);
    if (number !== undefined) return { kind: "number", text: number, offset };
    const word = match(WORD);
    if (word === "true" || word === "false") return { kind: "boolean", text: word, offset };
    if (word === "null" && options.allowNull) return { kind: "null", text: word, offset };
    at = offset;
    fail(`a string, true, false${options.allowNull ? ", null" : ""} or a whole number`);
  }

  take("{", "an object, { … }");
  if (next() === "}") at++;
  else {
    for (;;) {
      const key = next() === '"' ? readKey() : fail('a key in double quotes, "key"');
      take(":", `":" after the key "${printable(key)}"`);
      values.set(key, readValue());
      if (next() === "}") break;
      take(",", '"," or "}"');
    }
    at++;
  }
  if (next() !== "") fail("the end of the file");
  return values;

  function readKey(): string {
    const start = at;
    const key = readString("a key");
    if (!values.has(key)) return key;
    at = start;
    fail(`the key "${printable(key)}" only once`);
  }
}

/** Returns the error for a place in a file; `at` says which. */
export function flatJsonError(
  at: { readonly path: string; readonly text: string; readonly offset: number },
  problem: string,
): FormatError {
  const before = at.text.slice(0, at.offset);
  const line = before.split("\n").length;
  const column = at.offset - (before.lastIndexOf("\n") + 1) + 1;
  return new FormatError(
    `Cannot read "${printable(at.path)}" at line ${line}, column ${column}: ${problem}`,
    { path: at.path, line, column },
  );
}

function describe(text: string, at: number): string {
  const [character] = text.slice(at, at + 2);
  if (character === undefined) return "the file ends";
  if (character === "[") return "found a list";
  if (character === "{") return "found an object";
  if (character === "\ufeff") return "found a byte order mark";
  const word = /^[A-Za-z0-9_.+-]{1,20}/.exec(text.slice(at, at + 20))?.[0];
  return `found "${printable(word ?? character)}"`;
}

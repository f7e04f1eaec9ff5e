const STRUCTURE = /["{}[\],]/g;

/**
 * Returns a JSON object's text with its members changed and all else as it stands: order, numbers and
 * spaces. JSON.parse and back would put a key such as "20240101" first and lose the digits of 1.0.
 *
 * @param text valid JSON; anything but an object is returned as it is
 * @param edit gives the text of a member's value; undefined takes the member out
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { editObject } from "./json_parts.ts";
 * const drop = (key: string, value: string) => key === "b" ? undefined : value;
 * assert.equal(editObject('{"b": 1, "20": 1.0,\n"a": 2}', drop), '{"20": 1.0,\n"a": 2}');
 * ```
 */
export function editObject(
  text: string,
  edit: (key: string, value: string) => string | undefined,
): string {
  return editParts(text, "{", (part) => {
    const keyEnd = stringEnd(part, 0);
    const valueStart = part.length - part.slice(part.indexOf(":", keyEnd) + 1).trimStart().length;
    const key: unknown = JSON.parse(part.slice(0, keyEnd));
    const value = edit(String(key), part.slice(valueStart));
    return value === undefined ? undefined : part.slice(0, valueStart) + value;
  });
}

/**
 * Returns a JSON list's text without some of its elements, and all else as it stands.
 *
 * @param text valid JSON; anything but a list is returned as it is
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { filterList } from "./json_parts.ts";
 * assert.equal(filterList('[ "a", "b" ]', (value) => value !== "a"), '[ "b" ]');
 * ```
 */
export function filterList(text: string, isKept: (value: unknown) => boolean): string {
  return editParts(text, "[", (part) => isKept(JSON.parse(part)) ? part : undefined);
}

function editParts(
  text: string,
  opening: "{" | "[",
  edit: (part: string) => string | undefined,
): string {
  const start = text.length - text.trimStart().length;
  if (text[start] !== opening) return text;
  const { parts, end } = splitParts(text, start);
  const [first, last] = [parts.at(0) ?? "", parts.at(-1) ?? ""];
  if (last.trim() === "") return text;
  const edited: string[] = [];
  for (const part of parts) {
    const bare = part.trim();
    const now = edit(bare);
    if (now === undefined) continue;
    edited.push(now === bare ? part : spaceBefore(part) + now + spaceAfter(part));
  }
  // What comes to stand at either end has the space of what stood there: a line each stays a line each.
  if (edited.length > 0) {
    edited[0] = spaceBefore(first) + (edited[0] ?? "").trimStart();
    edited.push((edited.pop() ?? "").trimEnd() + spaceAfter(last));
  }
  return text.slice(0, start + 1) + edited.join() + text.slice(end);
}

/** The texts between the separators of an object or list, and where it is closed. */
function splitParts(text: string, start: number) {
  const parts: string[] = [];
  let depth = 0;
  let partStart = start + 1;
  STRUCTURE.lastIndex = partStart;
  for (let match = STRUCTURE.exec(text); match !== null; match = STRUCTURE.exec(text)) {
    const { 0: character, index } = match;
    if (character === '"') STRUCTURE.lastIndex = stringEnd(text, index);
    else if (character === "{" || character === "[") depth++;
    else if (depth > 0) depth -= character === "," ? 0 : 1;
    else {
      parts.push(text.slice(partStart, index));
      if (character !== ",") return { parts, end: index };
      partStart = index + 1;
    }
  }
  throw new SyntaxError("Cannot split JSON text: it ends too early, expected valid JSON");
}

/** Where the string that starts at an offset is over. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    at = text.indexOf('"', at);
    if (at === -1) break;
    let slashes = 0;
    while (text[at - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return at + 1;
  }
  return text.length;
}

function spaceBefore(part: string): string {
  return part.slice(0, part.length - part.trimStart().length);
}

function spaceAfter(part: string): string {
  return part.slice(part.trimEnd().length);
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "../../../core/errors.ts";
import { flatJsonError, parseFlatJson } from "../../../core/format/flat_json.ts";

const PATH = "images/debian/.requirements";

test("parseFlatJson() returns nothing for an empty object", () => {
  assert.deepEqual([...parseFlatJson(" \t\r\n{ } \n", PATH)], []);
});

test("parseFlatJson() returns texts, booleans and numbers in the file's order", () => {
  const values = parseFlatJson('{"b": "x", "2": true, "a": false, "1": -12.50e+1}', PATH);
  assert.deepEqual([...values].map(([key, { kind, text }]) => [key, kind, text]), [
    ["b", "text", "x"],
    ["2", "boolean", "true"],
    ["a", "boolean", "false"],
    ["1", "number", "-12.50e+1"],
  ]);
});

test("parseFlatJson() says where each value starts", () => {
  const values = parseFlatJson('{"a":1,\n "b": "x"}', PATH);
  assert.deepEqual([...values.values()].map(({ offset }) => offset), [5, 14]);
});

test("parseFlatJson() loses no digit of a number", () => {
  const values = parseFlatJson('{"a":12345678901234567890123}', PATH);
  assert.equal(values.get("a")?.text, "12345678901234567890123");
});

test("parseFlatJson() takes every escape of a string", () => {
  const values = parseFlatJson('{"\\u0061": "\\"\\\\\\/\\b\\f\\n\\r\\t\\ud83d\\ude00"}', PATH);
  assert.equal(values.get("a")?.text, '"\\/\b\f\n\r\t😀');
});

test("parseFlatJson() keeps the key __proto__", () => {
  assert.equal(parseFlatJson('{"__proto__":"a"}', PATH).get("__proto__")?.text, "a");
});

test("parseFlatJson() throws a FormatError with path, line and column", () => {
  const where = { path: PATH, line: 3, column: 10 };
  assert.throws(
    () => parseFlatJson('{\n  "a": 1,\n  "bcd": nil\n}\n', PATH),
    (error) => {
      assert.ok(error instanceof FormatError);
      assert.deepEqual(error.where, where);
      assert.match(error.message, /"images\/debian\/\.requirements" at line 3, column 10: /);
      assert.match(error.message, /found "nil"/);
      return true;
    },
  );
});

test("parseFlatJson() refuses what a requirement cannot be, at the value", () => {
  const found = {
    "[1]": "a list",
    '{"b":1}': "an object",
    null: '"null"',
    NaN: '"NaN"',
    "'b'": `"'"`,
    "+1": '"+1"',
    ".5": '".5"',
  };
  for (const [value, words] of Object.entries(found)) {
    assertRefused(`{"a":${value}}`, { line: 1, column: 6 }, `found ${words}`);
  }
});

test("parseFlatJson() refuses anything but an object at the top", () => {
  for (const text of ["[]", '"a"', "1", "true", "null"]) {
    assertRefused(text, { line: 1, column: 1 }, "expected an object");
  }
});

test("parseFlatJson() refuses an empty file", () => {
  assertRefused("", { line: 1, column: 1 }, "the file ends");
});

test("parseFlatJson() points after the last line of a file that ends too early", () => {
  assertRefused('{"a": 1,\n', { line: 2, column: 1 }, "the file ends");
});

test("parseFlatJson() points at the second of two equal keys", () => {
  assertRefused('{"a":1,\n"\\u0061":2}', { line: 2, column: 1 }, "only once");
});

test("parseFlatJson() points at a comma before the closing brace", () => {
  assertRefused('{"a":1,}', { line: 1, column: 8 }, 'found "}"');
});

test("parseFlatJson() refuses text after the object", () => {
  assertRefused('{"a":1} x', { line: 1, column: 9 }, 'found "x"');
});

test("parseFlatJson() refuses a byte order mark by its name", () => {
  assertRefused("\ufeff{}", { line: 1, column: 1 }, "byte order mark");
});

test("parseFlatJson() refuses JSON with comments", () => {
  assertRefused('{ // why\n"a":1}', { line: 1, column: 3 }, 'found "/"');
});

test("parseFlatJson() refuses keys without quotes or in single quotes", () => {
  assertRefused("{a:1}", { line: 1, column: 2 }, "double quotes");
  assertRefused("{'a':1}", { line: 1, column: 2 }, "double quotes");
});

test("parseFlatJson() refuses numbers that JSON does not have", () => {
  for (const number of ["01", "1.", "0x10", "1e", "--1", "1_000"]) {
    assert.throws(() => parseFlatJson(`{"a":${number}}`, PATH), FormatError);
  }
});

test("parseFlatJson() refuses raw control characters, bad escapes and open ends in strings", () => {
  for (const literal of ['"a\nb"', '"\u0000"', '"\\x41"', '"\\u12"', '"open', '"open\\']) {
    assert.throws(() => parseFlatJson(`{"a":${literal}}`, PATH), FormatError);
  }
});

test("parseFlatJson() refuses spaces that JSON does not have", () => {
  for (const space of ["\u00a0", "\u2028", "\v", "\f", "\ufeff"]) {
    assert.throws(() => parseFlatJson(`{${space}"a":1}`, PATH), FormatError);
  }
});

test("parseFlatJson() shows a whole character of what it found, not half a surrogate pair", () => {
  assertRefused('{"a":😀}', { line: 1, column: 6 }, 'found "😀"');
});

test("parseFlatJson() sends no control character of the file to the terminal", () => {
  assert.throws(() => parseFlatJson('{"a":\u001b[2J}', PATH), ({ message }: Error) => {
    assert.equal(message.includes("\u001b"), false);
    return true;
  });
});

test("parseFlatJson() takes a string of 16 million characters", () => {
  const text = "a".repeat(16_000_000);
  assert.equal(parseFlatJson(`{"a":"${text}"}`, PATH).get("a")?.text.length, 16_000_000);
});

test("parseFlatJson() throws a FormatError for a string of 16 million characters without an end", () => {
  assert.throws(() => parseFlatJson(`{"a":"${"\\n".repeat(8_000_000)}`, PATH), FormatError);
});

test("parseFlatJson() comes to an end with long runs of anything", () => {
  for (const run of [" ", "1", "-", "a", '"', "{", "[", "\\", "\n", "1e", '"a":1,']) {
    assert.throws(() => parseFlatJson(`{"a":${run.repeat(200_000)}`, PATH), FormatError);
  }
});

test("parseFlatJson() takes null when it may be there, and says where it stands", () => {
  const values = parseFlatJson('{"a":null, "b": "null"}', PATH, { allowNull: true });
  assert.deepEqual([...values], [
    ["a", { kind: "null", text: "null", offset: 5 }],
    ["b", { kind: "text", text: "null", offset: 16 }],
  ]);
});

test("parseFlatJson() refuses lists, objects and other words where null may be", () => {
  for (const value of ["[]", "{}", "nil", "nulls", "NULL", "undefined"]) {
    const parse = () => parseFlatJson(`{"a":${value}}`, PATH, { allowNull: true });
    assert.throws(parse, /expected a string, true, false, null or a whole number/);
  }
  assert.throws(() => parseFlatJson("null", PATH, { allowNull: true }), /expected an object/);
});

test("flatJsonError() counts lines and columns from 1", () => {
  const text = "ab\ncd";
  assert.deepEqual(
    [0, 2, 3, 5].map((offset) => flatJsonError({ path: "p", text, offset }, "x").where),
    [
      { path: "p", line: 1, column: 1 },
      { path: "p", line: 1, column: 3 },
      { path: "p", line: 2, column: 1 },
      { path: "p", line: 2, column: 3 },
    ],
  );
});

test("flatJsonError() says what is wrong where", () => {
  const error = flatJsonError({ path: "a/.requirements", text: "{", offset: 1 }, "the file ends");
  assert.equal(
    error.message,
    'Cannot read "a/.requirements" at line 1, column 2: the file ends',
  );
});

function assertRefused(
  text: string,
  at: { readonly line: number; readonly column: number },
  words: string,
): void {
  assert.throws(() => parseFlatJson(text, PATH), (error) => {
    assert.ok(error instanceof FormatError);
    assert.deepEqual(error.where, { path: PATH, ...at });
    assert.ok(error.message.includes(words), error.message);
    return true;
  });
}

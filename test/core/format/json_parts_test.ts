import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { editObject, filterList } from "../../../core/format/json_parts.ts";

const without = (...names: readonly string[]) => (key: string, value: string) =>
  names.includes(key) ? undefined : value;

describe("editObject()", () => {
  for (
    const [what, text, expected] of [
      [
        "keeps order, numbers and spaces",
        '{ "b":1.0 ,"2" :[1, 2],"x":0,"1":{} }',
        '{ "b":1.0 ,"2" :[1, 2],"1":{} }',
      ],
      ["leaves a line each", '{\n"a":1,\n"x":2\n}\n', '{\n"a":1\n}\n'],
      ["leaves the first line where it was", '{\n  "x": 1,\n  "b": 2\n}', '{\n  "b": 2\n}'],
      ["leaves an empty object", ' {\n"x":1}\n', " {}\n"],
      ["leaves an empty object as it is", "{ }", "{ }"],
      ["takes every member of one name out", '{"x":1,"a":2,"x":3}', '{"a":2}'],
      ["reads keys with escapes", '{"\\u0078":1,"a":2}', '{"a":2}'],
      [
        "is not led astray by texts",
        '{"a":"\\\\\\"x\\":1,}","x":"}","b":"\\\\"}',
        '{"a":"\\\\\\"x\\":1,}","b":"\\\\"}',
      ],
      ["leaves what is no object", '["x"]', '["x"]'],
      ["leaves a scalar", '"x"', '"x"'],
    ] as const
  ) {
    test(what, () => {
      assert.equal(editObject(text, without("x")), expected);
    });
  }

  test("gives each value as it is written", () => {
    const seen: string[] = [];
    editObject('{"a" : {"b": [1,2]} ,"c":"," }', (key, value) => {
      seen.push(`${key}=${value}`);
      return value;
    });
    assert.deepEqual(seen, ['a={"b": [1,2]}', 'c=","']);
  });

  test("puts another value in its place", () => {
    const edited = editObject('{ "a" : 1 , "b": 2 }', (key, value) => key === "a" ? "[]" : value);
    assert.equal(edited, '{ "a" : [] , "b": 2 }');
  });
});

describe("filterList()", () => {
  test("keeps the spaces of a list with a line each", () => {
    const list = '[\n  "a",\n  "b",\n  "c"\n]';
    assert.equal(filterList(list, (one) => one !== "b"), '[\n  "a",\n  "c"\n]');
    assert.equal(filterList(list, (one) => one !== "c"), '[\n  "a",\n  "b"\n]');
    assert.equal(filterList(list, () => false), "[]");
  });
});

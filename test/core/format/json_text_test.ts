import assert from "node:assert/strict";
import { test } from "node:test";
import {
  objectFields,
  sortedByKey,
  textMapJson,
  tryParseJson,
} from "../../../core/format/json_text.ts";

test("textMapJson() returns {} for an empty map", () => {
  assert.equal(textMapJson(new Map()), "{}");
});

test("textMapJson() sorts keys as text, numbers too", () => {
  const map = new Map([["b", "1"], ["9", "2"], ["10", "3"], ["B", "4"]]);
  assert.equal(textMapJson(map), '{"10":"3","9":"2","B":"4","b":"1"}');
});

test("textMapJson() escapes quotes, backslashes and control characters", () => {
  assert.equal(textMapJson(new Map([['a"\n', "\\"]])), '{"a\\"\\n":"\\\\"}');
});

test("textMapJson() keeps the key __proto__", () => {
  assert.equal(textMapJson(new Map([["__proto__", "a"]])), '{"__proto__":"a"}');
});

test("objectFields() returns the fields of an object", () => {
  assert.deepEqual(
    objectFields({ a: 1, b: null }),
    new Map<string, unknown>([["a", 1], ["b", null]]),
  );
});

test("objectFields() returns an own field __proto__, and nothing that is inherited", () => {
  const fields = objectFields(JSON.parse('{"__proto__":1}'));
  assert.deepEqual(fields, new Map([["__proto__", 1]]));
});

test("objectFields() returns undefined for what is no object", () => {
  const values = [undefined, null, [], [1], "a", 1, true];
  assert.deepEqual(values.map(objectFields), values.map(() => undefined));
});

test("tryParseJson() returns JSON data", () => {
  assert.deepEqual(tryParseJson('{"a":[1,null]}'), { a: [1, null] });
});

test("tryParseJson() returns undefined for what is not JSON", () => {
  const texts = ["", "{", "{a:1}", "NaN", "undefined", "{} {}"];
  assert.deepEqual(texts.map(tryParseJson), texts.map(() => undefined));
});

test("sortedByKey() sorts keys as text, numbers too", () => {
  const map = new Map([["b", 1], ["9", 2], ["10", 3], ["B", 4]]);
  assert.deepEqual(sortedByKey(map).map(([key]) => key), ["10", "9", "B", "b"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { displayWidth } from "../../cli/display_width.ts";
import { compactTable, csvTable, framedTable, markdownTable } from "../../cli/table.ts";

const TABLE = {
  names: ["os", "size"],
  isRight: [false, true],
  rows: [["日本", "1"], ["e\u0301|\\\x1b", "10000"]],
};

test("framedTable() makes columns equally wide as terminals show them", () => {
  assert.deepEqual(framedTable(TABLE), [
    "+---------+-------+",
    "| OS      |  SIZE |",
    "+---------+-------+",
    "| 日本    |     1 |",
    "| e\u0301|\\\\x1b | 10000 |",
    "+---------+-------+",
  ]);
});

test("compactTable() has nothing but spaces between columns, and none at the ends", () => {
  assert.deepEqual(compactTable({ ...TABLE, isRight: [] }), [
    "OS       SIZE",
    "日本     1",
    "e\u0301|\\\\x1b  10000",
  ]);
});

test("markdownTable() takes the meaning of signs that would end a cell", () => {
  assert.deepEqual(markdownTable(TABLE), [
    "| os | size |",
    "| --- | ---: |",
    "| 日本 | 1 |",
    "| e\u0301\\|\\\\\\\\x1b | 10000 |",
  ]);
});

test("csvTable() quotes what needs it, and nothing else", () => {
  const rows = [["plain text", 'a "b"', "a,b", "a\nb", "a\rb", " a", ""]];
  assert.deepEqual(csvTable({ names: ["n"], rows }), [
    "n",
    'plain text,"a ""b""","a,b","a\nb","a\rb"," a",""',
  ]);
});

const WIDTHS: readonly (readonly [string, number])[] = [
  ["", 0],
  ["plain", 5],
  ["é", 1],
  ["e\u0301", 1],
  ["日本語", 6],
  ["한국", 4],
  ["ＡＢ", 4],
  ["🙂", 2],
  ["\u200b", 0],
];
for (const [text, width] of WIDTHS) {
  test(`displayWidth() is ${width} for ${JSON.stringify(text)}`, () => {
    assert.equal(displayWidth(text), width);
  });
}

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { csvTable } from "../../cli/table.ts";

const text = fc.string({ unit: fc.constantFrom(...'ab ,"\r\n\té日') });
const table = fc.integer({ min: 1, max: 4 }).chain((width) => {
  const row = fc.array(text, { minLength: width, maxLength: width });
  return fc.tuple(row, fc.array(row, { maxLength: 5 }));
});

test("csvTable() makes what a reader of RFC 4180 takes apart again, for any text", () => {
  fc.assert(fc.property(table, ([names, rows]) => {
    const lines = csvTable({ names, rows }).map((line) => `${line}\r\n`);
    assert.deepEqual(readCsv(lines.join("")), [names, ...rows]);
  }));
});

/** Reads RFC 4180 sign by sign, with nothing in common with what writes it. */
function readCsv(csv: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let [row, cell, isQuoted]: [string[], string, boolean] = [[], "", false];
  for (let place = 0; place < csv.length; place++) {
    const sign = csv.charAt(place);
    if (isQuoted && sign === '"' && csv.charAt(place + 1) === '"') {
      cell += sign;
      place++;
    } else if (sign === '"') isQuoted = !isQuoted;
    else if (isQuoted) cell += sign;
    else if (sign === ",") [row, cell] = [[...row, cell], ""];
    else if (sign === "\r" && csv.charAt(place + 1) === "\n") {
      rows.push([...row, cell]);
      [row, cell] = [[], ""];
      place++;
    } else cell += sign;
  }
  assert.deepEqual([row, cell, isQuoted], [[], "", false]);
  return rows;
}

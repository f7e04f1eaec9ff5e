import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { findJsonFault } from "../../../core/format/json_fault.ts";

describe("findJsonFault()", () => {
  for (
    const [text, line, column, found] of [
      ["", 1, 1, "the end of the file"],
      ["{", 1, 2, "the end of the file"],
      ['{"a":1,}', 1, 8, '"}"'],
      ['{"a":1\n"b":2}', 2, 1, '"""'],
      ['{"a" 1}', 1, 6, '"1"'],
      ["[1,]", 1, 4, '"]"'],
      ["[1}", 1, 3, '"}"'],
      ["{]", 1, 2, '"]"'],
      ["{}x", 1, 3, '"x"'],
      ["{a:1}", 1, 2, '"a"'],
      ['["a]', 1, 2, '"""'],
      ["[01]", 1, 3, '"1"'],
      ["\ufeff{}", 1, 1, '"\ufeff"'],
    ] as const
  ) {
    it(`finds ${found} in ${JSON.stringify(text)}`, () => {
      assert.deepEqual(findJsonFault(text), { line, column, found });
    });
  }

  it("finds nothing in any JSON", () => {
    fc.assert(fc.property(fc.json(), fc.constantFrom(undefined, 2), (text, indent) => {
      assert.equal(findJsonFault(JSON.stringify(JSON.parse(text), null, indent)), undefined);
    }));
  });

  it("says no to what JSON.parse says no to, and to nothing else", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom("", ",", "}", "]", '"', "1"), (
        text,
        where,
        put,
      ) => {
        const at = where % (text.length + 1);
        const other = text.slice(0, at) + put + text.slice(at + 1);
        let isJson = true;
        try {
          JSON.parse(other);
        } catch {
          isJson = false;
        }
        assert.equal(findJsonFault(other) === undefined, isJson, other);
      }),
      { numRuns: 2000 },
    );
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "../../../core/errors.ts";
import {
  parseRequirementsPatch,
  patchRequirements,
} from "../../../core/format/requirements_patch.ts";

const BODY = "request body";

test("patchRequirements() does what the examples of RFC 7396 say, those with flat objects", () => {
  // RFC 7396, Appendix A: original, patch, result
  for (
    const [original, patch, result] of [
      [{ a: "b" }, '{"a":"c"}', { a: "c" }],
      [{ a: "b" }, '{"b":"c"}', { a: "b", b: "c" }],
      [{ a: "b" }, '{"a":null}', {}],
      [{ a: "b", b: "c" }, '{"a":null}', { b: "c" }],
      // An original that is no object is an empty one, as that of no file is.
      [{}, '{"a":"b","c":null}', { a: "b" }],
    ] as const
  ) {
    const requirements = new Map(Object.entries(original));
    const patched = patchRequirements(requirements, parseRequirementsPatch(patch, BODY));
    assert.deepEqual(Object.fromEntries(patched), result, patch);
  }
});

test("parseRequirementsPatch() refuses the examples of RFC 7396 that no requirements can be", () => {
  for (
    const [patch, column] of [
      ['{"a":["b"]}', 6],
      ['{"a":[1]}', 6],
      ['["c"]', 1],
      ["null", 1],
      ['"bar"', 1],
      ['{"a":{"bb":{"ccc":null}}}', 6],
    ] as const
  ) {
    assertRefused(patch, { line: 1, column });
  }
});

test("parseRequirementsPatch() reads values as a requirements file's are read", () => {
  const patch = parseRequirementsPatch(
    '{"a": true, "b": 12, "c": "x", "d": null, "e": "null"}',
    BODY,
  );
  assert.deepEqual([...patch], [["a", "true"], ["b", "12"], ["c", "x"], ["d", null], [
    "e",
    "null",
  ]]);
});

test("parseRequirementsPatch() says where a patch is wrong", () => {
  assertRefused('{"a":null,\n"a":"x"}', { line: 2, column: 1 });
  assertRefused('{"a":1.5}', { line: 1, column: 6 });
  assertRefused('{"a":nul}', { line: 1, column: 6 });
  assertRefused("", { line: 1, column: 1 });
});

test("patchRequirements() leaves the requirements as they were", () => {
  const requirements = new Map([["a", "b"]]);
  patchRequirements(requirements, new Map([["a", null]]));
  assert.deepEqual(requirements, new Map([["a", "b"]]));
});

function assertRefused(
  patch: string,
  at: { readonly line: number; readonly column: number },
): void {
  assert.throws(() => parseRequirementsPatch(patch, BODY), (error) => {
    assert.ok(error instanceof FormatError);
    assert.deepEqual(error.where, { path: BODY, ...at }, patch);
    assert.match(error.message, /"request body" at line/);
    return true;
  });
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "@hono/zod-openapi";
import { misfitProblem } from "../../../server/api/misfits.ts";

const schema = z.strictObject({
  name: z.string().optional(),
  kind: z.enum(["one", "two", "three"]).optional(),
  limit: z.coerce.number().int().min(1).max(9).optional(),
  list: z.array(z.boolean()).min(1).optional(),
});

function problemOf(value: unknown) {
  const { error } = schema.safeParse(value);
  assert.ok(error !== undefined);
  return misfitProblem(error.issues);
}

test("misfitProblem() says what was found and what was expected", () => {
  for (
    const [value, text] of [
      [{ name: 1 }, "name: found 1, expected a string"],
      [{ kind: "four" }, 'kind: found "four", expected "one", "two" or "three"'],
      [{ limit: "x" }, "limit: found no number, expected a whole number"],
      [{ limit: "1.5" }, "limit: found 1.5, expected a whole number"],
      [{ limit: "0" }, "limit: found 0, expected at least 1"],
      [{ limit: "10" }, "limit: found 10, expected at most 9"],
      [{ list: [] }, "list: found an empty list, expected at least 1 in it"],
      [{ list: [true, "x"] }, 'list.1: found "x", expected true or false'],
      [{ list: {} }, "list: found an object, expected a list"],
      [null, "found null, expected an object"],
      [undefined, "found nothing, expected an object"],
      [[1], "found a list, expected an object"],
      [
        { name: 1, kind: 2 },
        'name: found 1, expected a string; kind: found 2, expected "one", "two" or "three"',
      ],
    ] as const
  ) {
    const { code, message } = problemOf(value);
    assert.deepEqual([code, message], ["INVALID", `Cannot use the request: ${text}`]);
  }
});

test("misfitProblem() has each misfit as a member of its own", () => {
  assert.deepEqual(problemOf({ name: 1, limit: 0 }).extras.members, {
    errors: [
      { field: "name", message: "found 1, expected a string" },
      { field: "limit", message: "found 0, expected at least 1" },
    ],
  });
});

test("misfitProblem() names the fields that nobody knows, and those that there are", () => {
  const one = problemOf({ nmae: "x", name: 1 });
  assert.equal(one.code, "UNKNOWN_FIELD");
  assert.equal(
    one.message,
    'Cannot use the field "nmae": there is no such field, expected name, kind, limit or list',
  );
  assert.deepEqual(one.extras.members, { fields: ["nmae"] });
  assert.deepEqual(problemOf({ a: 1, b: 2 }).extras.members, { fields: ["a", "b"] });
});

test("misfitProblem() shows no more of a value than fits on a line", () => {
  const { message } = problemOf({ kind: `\u001b[2J${"x".repeat(1000)}` });
  assert.ok(message.length < 150);
  assert.ok(message.includes('found "\\x1b[2Jxxx'));
});

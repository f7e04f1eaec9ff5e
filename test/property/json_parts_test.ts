import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { editObject, filterList } from "../../core/format/json_parts.ts";

const json = fc.jsonValue({ maxDepth: 3 });
const spaces = fc.constantFrom(undefined, 1, "\t");
const keys = fc.oneof(fc.string(), fc.constantFrom("20240101", "__proto__", 'a"b', "a\\", "{,}"));
const members = fc.uniqueArray(fc.tuple(keys, json), { selector: ([key]) => key });

/** The members as JSON text in their own order, which JSON.stringify would not keep. */
function objectText(
  pairs: readonly (readonly [string, unknown])[],
  space: string | number | undefined,
): string {
  const texts = pairs.map(([key, value]) =>
    `${JSON.stringify(key)}:${JSON.stringify(value, null, space)}`
  );
  return `{${texts.join(space === undefined ? "," : " ,\n")}}`;
}

test("editObject() takes out what it is told to and leaves every other byte", () => {
  fc.assert(
    fc.property(members, spaces, fc.func(fc.boolean()), (pairs, space, isKept) => {
      const edited = editObject(
        objectText(pairs, space),
        (key, value) => isKept(key) ? value : undefined,
      );
      assert.equal(edited, objectText(pairs.filter(([key]) => isKept(key)), space));
    }),
    { numRuns: 1000 },
  );
});

test("editObject() and filterList() leave any JSON as it is when nothing is taken out", () => {
  fc.assert(
    fc.property(json, spaces, (value, space) => {
      const text = ` ${JSON.stringify(value, null, space)}\n`;
      assert.equal(editObject(text, (_, member) => member), text);
      assert.equal(filterList(text, () => true), text);
    }),
    { numRuns: 1000 },
  );
});

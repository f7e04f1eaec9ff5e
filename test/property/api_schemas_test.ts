import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FormatError } from "../../core/errors.ts";
import { parseRequirements } from "../../core/format/requirements.ts";
import { parseRequirementsPatch } from "../../core/format/requirements_patch.ts";
import { requirements, requirementsPatch } from "../../server/api/schemas.ts";

const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(0, -0, 1e20, -1e20, 2 ** 53, 5e-324, Infinity),
);
const plain = fc.oneof(fc.string(), fc.boolean(), number, fc.constant(null));
// The schema passes over this one name, so that the parser alone looks at its value.
const key = fc.oneof(fc.string(), fc.constantFrom("constructor", "", "secureboot", "20240101"))
  .filter((name) => name !== "__proto__");
// Objects with plain values mostly: what is accepted has to come up often.
const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: fc.dictionary(key, fc.oneof(fc.string(), fc.integer(), fc.boolean())) },
  { weight: 6, arbitrary: fc.dictionary(key, plain) },
  { weight: 2, arbitrary: fc.dictionary(key, fc.oneof(plain, fc.jsonValue({ maxDepth: 1 }))) },
  { weight: 1, arbitrary: fc.oneof(plain, fc.jsonValue()) },
);

for (
  const [name, schema, parse] of [
    ["requirements", requirements, parseRequirements],
    ["requirementsPatch", requirementsPatch, parseRequirementsPatch],
  ] as const
) {
  test(`the schema ${name} accepts what its parser accepts, and nothing else`, () => {
    let accepted = 0;
    fc.assert(
      fc.property(value, (value) => {
        const text = JSON.stringify(value);
        if (text.includes('"__proto__":') || hasExponents(value)) return;
        const isParsed = isParsable(() => parse(text, "request body"));
        assert.equal(schema.safeParse(JSON.parse(text)).success, isParsed, text);
        if (isParsed) accepted++;
      }),
      { numRuns: 1000 },
    );
    assert.ok(accepted > 100, `only ${accepted} were accepted`);
  });
}

/** JSON.stringify() writes whole numbers from 1e21 on in a form that the parser alone can refuse. */
function hasExponents(value: unknown): boolean {
  return typeof value === "object" && value !== null &&
    Object.values(value).some((one) => Number.isInteger(one) && Math.abs(one) >= 1e21);
}

function isParsable(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch (error) {
    assert.ok(error instanceof FormatError);
    return false;
  }
}

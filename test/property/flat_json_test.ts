import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FormatError } from "../../core/errors.ts";
import { type FlatValue, parseFlatJson } from "../../core/format/flat_json.ts";

const PATH = ".requirements";

/** Any character there is, control characters and halves of surrogate pairs too. */
const character = fc
  .oneof(fc.nat({ max: 0xff }), fc.nat({ max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));
const space = fc.string({ unit: fc.constantFrom(" ", "\t", "\n", "\r"), maxLength: 3 });
const text = fc.oneof(
  fc.string({ unit: character, maxLength: 8 }),
  fc.string({
    unit: fc.constantFrom('"', "\\", "/", "\u0000", "\n", "\u2028", "\ud800", "\udc00"),
  }),
  fc.constantFrom("__proto__", "constructor", "20240101", "", "secureboot"),
);
const value = fc.oneof(
  text,
  fc.boolean(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** A flat object's JSON: any spacing, and characters escaped or raw. */
const flatJson = fc
  .tuple(
    fc.uniqueArray(fc.tuple(text, value, space, fc.boolean()), {
      selector: ([key]) => key,
      maxLength: 6,
    }),
    space,
  )
  .map(([fields, end]): WrittenJson => {
    const written = fields.map(([key, value, space, escaped]) => {
      const [left, right] = [key, value].map((part) =>
        escaped && typeof part === "string" ? escapeAll(part) : JSON.stringify(part)
      );
      return `${space}${left}${space}:${space}${right}${space}`;
    });
    return {
      json: `${end}{${written.join()}}${end}`,
      fields: fields.map(([key, value]) => [key, value]),
    };
  });

interface WrittenJson {
  readonly json: string;
  readonly fields: readonly (readonly [string, string | number | boolean])[];
}

test("parseFlatJson() returns what was written, in its order", () => {
  fc.assert(
    fc.property(flatJson, ({ json, fields }) => {
      const values = parseFlatJson(json, PATH);
      assert.deepEqual([...values.keys()], fields.map(([key]) => key));
      for (const [key, value] of fields) assertSame(values.get(key), value);
    }),
    { numRuns: 500 },
  );
});

test("parseFlatJson() agrees with JSON.parse on every flat object", () => {
  fc.assert(fc.property(flatJson, ({ json }) => assertAgrees(json)), { numRuns: 500 });
});

test("parseFlatJson() says where each value starts", () => {
  fc.assert(fc.property(flatJson, ({ json }) => {
    for (const { kind, text, offset } of parseFlatJson(json, PATH).values()) {
      if (kind === "text") assert.equal(json[offset], '"');
      else assert.ok(json.startsWith(text, offset));
    }
  }));
});

test("parseFlatJson() accepts no mutated JSON that JSON.parse refuses, and throws FormatError alone", () => {
  const snippet = fc.oneof(
    fc.constantFrom("{", "}", "[", "]", '"', ",", ":", "\\", "'", "null", "1", "-", ".", "e", "\n"),
    fc.string({ unit: character, maxLength: 2 }),
  );
  const mutation = fc.record({ place: fc.nat(), removed: fc.nat({ max: 3 }), snippet });
  const mutated = fc
    .tuple(flatJson, fc.array(mutation, { minLength: 1, maxLength: 3 }))
    .map(([{ json }, mutations]) =>
      mutations.reduce((text, { place, removed, snippet }) => {
        const at = place % (text.length + 1);
        return text.slice(0, at) + snippet + text.slice(at + removed);
      }, json)
    );
  fc.assert(fc.property(mutated, (json) => assertAgreesOrRefuses(json)), { numRuns: 1000 });
});

test("parseFlatJson() throws FormatError alone on arbitrary JSON", () => {
  fc.assert(fc.property(fc.json(), (json) => assertAgreesOrRefuses(json)));
});

test("parseFlatJson() throws FormatError alone on arbitrary text", () => {
  const shapes = fc.oneof(
    fc.string({ unit: character }),
    fc.string({ unit: fc.constantFrom(...'{}[]":,\\ntrue10.-e+ \n') }),
  );
  fc.assert(fc.property(shapes, (json) => assertAgreesOrRefuses(json)), { numRuns: 500 });
});

test("parseFlatJson() names a line and column that are in the file, or just after it", () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'{}":,a1\n') }), (json) => {
    const error = refusal(json);
    if (error === undefined) return;
    const { line = 0, column = 0 } = error.where;
    const found = json.split("\n")[line - 1];
    assert.ok(found !== undefined && column >= 1 && column <= found.length + 1);
  }));
});

/** What JSON.parse makes of a text: the oracle for everything but repeated keys. */
function parseOracle(json: string): unknown {
  // V8 15.0 (Deno 2.9): once JSON.parse() has met a key with "\\" in it, it takes some others for it.
  fc.pre(!/\\\\|\\u005c/i.test(json));
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function assertAgrees(json: string): void {
  const expected = parseOracle(json);
  assert.ok(isFlat(expected));
  const values = parseFlatJson(json, PATH);
  assert.deepEqual([...values.keys()].sort(), Object.keys(expected).sort());
  for (const [key, value] of Object.entries(expected)) {
    assertSame(values.get(key), value);
  }
}

function assertSame(found: FlatValue | undefined, value: string | number | boolean): void {
  assert.equal(found?.kind, typeof value === "string" ? "text" : typeof value);
  // JSON.stringify() writes -0 as 0
  if (typeof value === "number") assert.equal(Number(found?.text) + 0, value + 0);
  else assert.equal(found?.text, String(value));
}

function assertAgreesOrRefuses(json: string): void {
  const error = refusal(json);
  if (error === undefined) assertAgrees(json);
  else if (isFlat(parseOracle(json))) assert.match(error.message, /only once$/);
}

/** The FormatError that a text gives; any other error goes on. */
function refusal(json: string): FormatError | undefined {
  try {
    parseFlatJson(json, PATH);
    return undefined;
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
}

function isFlat(value: unknown): value is Readonly<Record<string, string | number | boolean>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every((one) => ["string", "number", "boolean"].includes(typeof one));
}

function escapeAll(text: string): string {
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("")}"`;
}

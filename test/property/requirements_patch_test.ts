import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FormatError } from "../../core/errors.ts";
import { textMapJson } from "../../core/format/json_text.ts";
import type { TextMap } from "../../core/format/model.ts";
import { parseRequirements, requirementsText } from "../../core/format/requirements.ts";
import {
  parseRequirementsPatch,
  patchRequirements,
  type RequirementsPatch,
} from "../../core/format/requirements_patch.ts";

// Few keys, so that a patch often names one that is there.
const key = fc.constantFrom("a", "b", "secureboot", "20240101", "__proto__", "", 'quo"te', "ü");
const value = fc.oneof(fc.string({ unit: "binary", maxLength: 4 }), fc.constantFrom("", "null"));
const requirements: fc.Arbitrary<TextMap> = fc
  .uniqueArray(fc.tuple(key, value), { selector: ([key]) => key })
  .map((pairs) => new Map(pairs));
const patch: fc.Arbitrary<RequirementsPatch> = fc
  .uniqueArray(fc.tuple(key, fc.option(value)), { selector: ([key]) => key })
  .map((pairs) => new Map(pairs));

test("patchRequirements() agrees with the algorithm of RFC 7396", () => {
  fc.assert(fc.property(requirements, patch, (requirements, patch) => {
    const [target, change] = [toObject(requirements), toObject(patch)];
    assert.deepEqual(
      toObject(patchRequirements(requirements, patch)),
      mergePatch(target, change),
    );
  }));
});

test("patchRequirements() says the same when a patch is applied twice", () => {
  fc.assert(fc.property(requirements, patch, (requirements, patch) => {
    const once = patchRequirements(requirements, patch);
    assert.deepEqual(patchRequirements(once, patch), once);
  }));
});

test("patchRequirements() changes nothing by an empty patch", () => {
  fc.assert(fc.property(requirements, (requirements) => {
    assert.deepEqual(patchRequirements(requirements, new Map()), requirements);
  }));
});

test("patchRequirements() leads from any requirements to any others", () => {
  fc.assert(fc.property(requirements, requirements, (from, to) => {
    const patch = new Map([...[...from.keys()].map((key) => [key, null] as const), ...to]);
    assert.deepEqual(patchRequirements(from, patch), to);
  }));
});

test("parseRequirementsPatch() reads what JSON.stringify() writes of a patch", () => {
  fc.assert(fc.property(patch, (patch) => {
    const fields = [...patch].map((pair) => pair.map((part) => JSON.stringify(part)).join(":"));
    assert.deepEqual(parseRequirementsPatch(`{${fields.join()}}`, "request body"), patch);
  }));
});

test("parseRequirementsPatch() takes every requirements file for a patch that only sets", () => {
  const file = fc.oneof(requirements.map(textMapJson), fc.json({ maxDepth: 1 }));
  fc.assert(fc.property(file, (text) => {
    const requirements = tryParse(() => parseRequirements(text, "path"));
    if (requirements === undefined) return;
    assert.deepEqual(parseRequirementsPatch(text, "path"), requirements);
  }));
});

test("parseRequirementsPatch() throws FormatError alone, whatever the text is", () => {
  fc.assert(fc.property(fc.oneof(fc.json({ maxDepth: 2 }), fc.string()), (text) => {
    tryParse(() => parseRequirementsPatch(text, "path"));
  }));
});

test("requirementsText() is read back as it was, and is what JSON.stringify() indents", () => {
  fc.assert(fc.property(requirements, (requirements) => {
    const text = requirementsText(requirements);
    assert.deepEqual(parseRequirements(text, "path"), requirements);
    assert.equal(text.endsWith("\n"), true);
    assert.equal(requirementsText(new Map([...requirements].reverse())), text);
    // JavaScript puts a key such as "20240101" first, so that with it the order may differ.
    if (requirements.has("20240101")) return;
    const sorted = JSON.parse(textMapJson(requirements));
    assert.equal(text, `${JSON.stringify(sorted, null, 2)}\n`);
  }));
});

/** The pseudocode of RFC 7396, section 2, word for word. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const merged = new Map<string, unknown>(
    typeof target === "object" && target !== null ? Object.entries(target) : [],
  );
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

function toObject(map: ReadonlyMap<string, string | null>): unknown {
  return Object.fromEntries(map);
}

function tryParse<Result>(parse: () => Result): Result | undefined {
  try {
    return parse();
  } catch (error) {
    assert.ok(error instanceof FormatError);
    return undefined;
  }
}

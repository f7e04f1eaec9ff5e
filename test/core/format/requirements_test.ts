import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "../../../core/errors.ts";
import {
  checkRequirements,
  mergeRequirements,
  parseRequirements,
  REQUIREMENTS_FILES,
} from "../../../core/format/requirements.ts";

const PATH = "images/debian/.requirements";

test("REQUIREMENTS_FILES names the original's files", () => {
  assert.deepEqual(REQUIREMENTS_FILES, { incus: ".requirements", lxd: ".lxd_requirements" });
});

test("parseRequirements() keeps strings as they are", () => {
  assert.deepEqual([...parseRequirements('{"cgroup": " v1 "}', PATH)], [["cgroup", " v1 "]]);
});

test("parseRequirements() writes true and false as text", () => {
  assert.deepEqual(
    [...parseRequirements('{"nesting": true, "secureboot": false}', PATH)],
    [["nesting", "true"], ["secureboot", "false"]],
  );
});

test("parseRequirements() writes whole numbers as text", () => {
  assert.deepEqual(
    [...parseRequirements('{"a": 0, "b": -3, "c": 12345678901234567890}', PATH)],
    [["a", "0"], ["b", "-3"], ["c", "12345678901234567890"]],
  );
});

test("parseRequirements() accepts an empty object", () => {
  assert.equal(parseRequirements("{}", PATH).size, 0);
});

test("parseRequirements() refuses a fraction with its line and column", () => {
  assert.throws(() => parseRequirements('{\n"a": 1.5}', PATH), (error) => {
    assert.ok(error instanceof FormatError);
    assert.deepEqual(error.where, { path: PATH, line: 2, column: 6 });
    assert.match(error.message, /line 2, column 6: found 1\.5, expected a whole number/);
    return true;
  });
});

test("parseRequirements() refuses lists, objects and null", () => {
  for (const value of ["[]", '["true"]', "{}", "null"]) {
    assert.throws(() => parseRequirements(`{"a": ${value}}`, PATH), FormatError);
  }
});

test("parseRequirements() refuses what is no object", () => {
  for (const text of ["", "[]", "true", '"secureboot"', "secureboot: false"]) {
    assert.throws(() => parseRequirements(text, PATH), FormatError);
  }
});

test("checkRequirements() finds nothing in the keys that clients know", () => {
  const requirements = new Map([
    ["secureboot", "false"],
    ["cgroup", "v1"],
    ["nesting", "yes"],
    ["privileged", "1"],
    ["cdrom_agent", "on"],
    ["cdrom_cloud_init", "no"],
  ]);
  assert.deepEqual(checkRequirements(requirements, PATH), []);
});

test("checkRequirements() finds an unknown key, and the known one that it is near", () => {
  const [finding, ...others] = checkRequirements(new Map([["secure_boot", "false"]]), PATH);
  assert.deepEqual(others, []);
  assert.equal(finding?.code, "REQUIREMENT_UNKNOWN");
  assert.equal(finding?.severity, "warning");
  assert.equal(finding?.path, PATH);
  assert.match(finding?.message ?? "", /"secure_boot".*did you mean "secureboot"\?$/);
});

test("checkRequirements() guesses across case and hyphens", () => {
  for (const key of ["Nesting", "NESTING", "nestings", "cdrom-agent", "secure-boot", "c_group"]) {
    const [finding] = checkRequirements(new Map([[key, "true"]]), PATH);
    assert.match(finding?.message ?? "", /did you mean/, key);
  }
});

test("checkRequirements() guesses nothing for a key that is near to none", () => {
  const [finding] = checkRequirements(new Map([["kernel", "6.1"]]), PATH);
  assert.doesNotMatch(finding?.message ?? "did you mean", /did you mean/);
});

test("checkRequirements() takes truth values in any case", () => {
  assert.deepEqual(
    checkRequirements(new Map([["nesting", "TRUE"], ["privileged", "Off"]]), PATH),
    [],
  );
});

test("checkRequirements() finds a value that is neither true nor false", () => {
  for (const value of ["", "maybe", " true", "2"]) {
    const findings = checkRequirements(new Map([["secureboot", value]]), PATH);
    assert.deepEqual(findings.map(({ code, path }) => [code, path]), [["REQUIREMENT_VALUE", PATH]]);
  }
});

test("checkRequirements() lets cgroup have any value", () => {
  assert.deepEqual(checkRequirements(new Map([["cgroup", "v1"]]), PATH), []);
});

test("mergeRequirements() lets the deeper level win, key by key", () => {
  const merged = mergeRequirements({
    incus: [
      new Map([["a", "os"], ["b", "os"], ["c", "os"]]),
      new Map([["b", "release"], ["c", "release"]]),
      new Map([["c", "variant"]]),
    ],
    lxd: [],
  });
  assert.deepEqual(
    merged.requirements,
    new Map([["a", "os"], ["b", "release"], ["c", "variant"]]),
  );
});

test("mergeRequirements() serves LXD from .requirements when there is no other kind", () => {
  const merged = mergeRequirements({ incus: [new Map([["nesting", "true"]])], lxd: [] });
  assert.deepEqual(merged.lxdRequirements, new Map([["nesting", "true"]]));
});

test("mergeRequirements() serves Incus from .lxd_requirements when there is no other kind", () => {
  const merged = mergeRequirements({ incus: [], lxd: [new Map([["nesting", "true"]])] });
  assert.deepEqual(merged.requirements, new Map([["nesting", "true"]]));
});

test("mergeRequirements() gives each client its own when there are both kinds", () => {
  const merged = mergeRequirements({
    incus: [new Map([["secureboot", "false"]])],
    lxd: [new Map([["nesting", "true"]])],
  });
  assert.deepEqual(merged, {
    requirements: new Map([["secureboot", "false"]]),
    lxdRequirements: new Map([["nesting", "true"]]),
  });
});

test("mergeRequirements() takes an empty file of one kind for that kind", () => {
  const merged = mergeRequirements({ incus: [new Map([["nesting", "true"]])], lxd: [new Map()] });
  assert.deepEqual(merged.lxdRequirements, new Map());
});

test("mergeRequirements() returns nothing for no files", () => {
  const none = { requirements: new Map(), lxdRequirements: new Map() };
  assert.deepEqual(mergeRequirements({ incus: [], lxd: [] }), none);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { BadFilesError } from "../../core/errors.ts";
import { readRequirements } from "../../core/requirements.ts";
import type { RequirementsFile } from "../../core/scan.ts";

const PRODUCT = { os: "debian", release: "12", arch: "amd64", variant: "default" };

test("readRequirements() merges the four levels of a product, the deeper wins", () => {
  const requirements = readRequirements([
    incus(
      "images/debian",
      '{"cgroup": "os", "nesting": "1", "privileged": "1", "secureboot": "1"}',
    ),
    incus("images/debian/12", '{"nesting": "yes", "privileged": "yes", "secureboot": "yes"}'),
    incus("images/debian/12/amd64", '{"privileged": "on", "secureboot": "on"}'),
    incus("images/debian/12/amd64/default", '{"secureboot": "true"}'),
  ]);
  assert.deepEqual(
    requirements.of(PRODUCT).requirements,
    new Map([["cgroup", "os"], ["nesting", "yes"], ["privileged", "on"], ["secureboot", "true"]]),
  );
});

test("readRequirements() merges the same whatever the order of the files", () => {
  const files = [
    incus("images/debian/12/amd64/default", '{"nesting": "variant"}'),
    incus("images/debian/12/amd64", '{"nesting": "arch"}'),
    incus("images/debian", '{"nesting": "os"}'),
  ];
  for (const order of [files, [...files].reverse()]) {
    const { requirements } = readRequirements(order).of(PRODUCT);
    assert.deepEqual(requirements, new Map([["nesting", "variant"]]));
  }
});

test("readRequirements() gives a product nothing from the folders of others", () => {
  const requirements = readRequirements([
    incus("images/debian/1", '{"nesting": true}'),
    incus("images/debian/12/arm64", '{"nesting": true}'),
    incus("images/debian/12/amd64/cloud", '{"nesting": true}'),
    incus("images/ubuntu", '{"nesting": true}'),
  ]);
  assert.deepEqual(requirements.of(PRODUCT).requirements, new Map());
});

test("readRequirements() serves both clients from one kind, whatever its level", () => {
  const requirements = readRequirements([lxd("images/debian/12", '{"secureboot": false}')]);
  assert.deepEqual(requirements.of(PRODUCT), {
    requirements: new Map([["secureboot", "false"]]),
    lxdRequirements: new Map([["secureboot", "false"]]),
  });
});

test("readRequirements() gives each client its own when both kinds are anywhere above a product", () => {
  const requirements = readRequirements([
    incus("images/debian", '{"secureboot": false}'),
    lxd("images/debian/12/amd64/default", '{"nesting": true}'),
  ]);
  assert.deepEqual(requirements.of(PRODUCT), {
    requirements: new Map([["secureboot", "false"]]),
    lxdRequirements: new Map([["nesting", "true"]]),
  });
});

test("readRequirements() decides product by product which kinds there are", () => {
  const requirements = readRequirements([
    incus("images/debian", '{"secureboot": false}'),
    lxd("images/debian/12/amd64/cloud", '{"nesting": true}'),
  ]);
  assert.deepEqual(
    requirements.of(PRODUCT).lxdRequirements,
    new Map([["secureboot", "false"]]),
  );
});

test("readRequirements() keeps folders named as parts of Object.prototype apart", () => {
  const requirements = readRequirements([incus("images/__proto__", '{"nesting": true}')]);
  assert.equal(requirements.of(PRODUCT).requirements.size, 0);
  const { requirements: own } = requirements.of({ ...PRODUCT, os: "__proto__" });
  assert.deepEqual(own, new Map([["nesting", "true"]]));
});

test("readRequirements() names every bad file with its line and column", () => {
  assert.throws(
    () =>
      readRequirements([
        incus("images/debian", '{"nesting": null}'),
        incus("images/debian/12", '{"nesting": true}'),
        lxd("images/ubuntu", "{\n"),
      ]),
    (error) => {
      assert.ok(error instanceof BadFilesError);
      assert.deepEqual(error.errors.map(({ where }) => where), [
        { path: "images/debian/.requirements", line: 1, column: 13 },
        { path: "images/ubuntu/.lxd_requirements", line: 2, column: 1 },
      ]);
      assert.match(error.message, /images\/debian\/\.requirements/);
      assert.match(error.message, /images\/ubuntu\/\.lxd_requirements/);
      return true;
    },
  );
});

test("readRequirements() names files with keys that no client knows", () => {
  const { findings } = readRequirements([
    incus("images/debian", '{"secure_boot": false}'),
    lxd("images/debian", '{"kernel": "6.1"}'),
  ]);
  assert.deepEqual(findings.map(({ code, path }) => [code, path]), [
    ["REQUIREMENT_UNKNOWN", "images/debian/.requirements"],
    ["REQUIREMENT_UNKNOWN", "images/debian/.lxd_requirements"],
  ]);
});

test("readRequirements() publishes keys that no client knows all the same", () => {
  const requirements = readRequirements([incus("images/debian", '{"kernel": "6.1"}')]);
  assert.deepEqual(requirements.of(PRODUCT).requirements, new Map([["kernel", "6.1"]]));
});

function incus(folder: string, text: string): RequirementsFile {
  return { folder, client: "incus", text };
}

function lxd(folder: string, text: string): RequirementsFile {
  return { folder, client: "lxd", text };
}

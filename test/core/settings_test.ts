import assert from "node:assert/strict";
import { test } from "node:test";
import { BadFilesError } from "../../core/errors.ts";
import { createYamlReader } from "../../core/adapters/yaml_reader.ts";
import type { RequirementsPair } from "../../core/format/requirements.ts";
import { readSettings, type SettingsFile } from "../../core/settings.ts";

const PRODUCT = {
  stream: "images",
  os: "debian",
  release: "12",
  arch: "amd64",
  variant: "default",
};

test("readSettings() merges the four levels of a product, the deeper wins", async () => {
  const requirements = await read([
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

test("readSettings() refuses bytes that are not UTF-8, with their place", async () => {
  const latin1 = new TextDecoder().decode(Uint8Array.of(0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d));
  const files = [
    { folder: "images/a", name: "image.yaml" as const, text: "label: x\nos: D\ufffdbian\n" },
    incus("images/b", latin1),
  ];
  await assert.rejects(read(files), (error) => {
    assert.ok(error instanceof BadFilesError);
    assert.deepEqual(error.errors.map(({ where }) => where), [
      { path: "images/a/image.yaml", line: 2, column: 6 },
      { path: "images/b/.requirements", line: 1, column: 3 },
    ]);
    return true;
  });
});

test("readSettings() merges the same whatever the order of the files", async () => {
  const files = [
    incus("images/debian/12/amd64/default", '{"nesting": "variant"}'),
    incus("images/debian/12/amd64", '{"nesting": "arch"}'),
    incus("images/debian", '{"nesting": "os"}'),
  ];
  for (const order of [files, [...files].reverse()]) {
    const { requirements } = (await read(order)).of(PRODUCT);
    assert.deepEqual(requirements, new Map([["nesting", "variant"]]));
  }
});

test("readSettings() gives a product nothing from the folders of others", async () => {
  const requirements = await read([
    incus("images/debian/1", '{"nesting": true}'),
    incus("images/debian/12/arm64", '{"nesting": true}'),
    incus("images/debian/12/amd64/cloud", '{"nesting": true}'),
    incus("images/ubuntu", '{"nesting": true}'),
  ]);
  assert.deepEqual(requirements.of(PRODUCT).requirements, new Map());
});

test("readSettings() serves both clients from one kind, whatever its level", async () => {
  const requirements = await read([lxd("images/debian/12", '{"secureboot": false}')]);
  assert.deepEqual(requirementsOf(requirements.of(PRODUCT)), {
    requirements: new Map([["secureboot", "false"]]),
    lxdRequirements: new Map([["secureboot", "false"]]),
  });
});

test("readSettings() gives each client its own when both kinds are anywhere above a product", async () => {
  const requirements = await read([
    incus("images/debian", '{"secureboot": false}'),
    lxd("images/debian/12/amd64/default", '{"nesting": true}'),
  ]);
  assert.deepEqual(requirementsOf(requirements.of(PRODUCT)), {
    requirements: new Map([["secureboot", "false"]]),
    lxdRequirements: new Map([["nesting", "true"]]),
  });
});

test("readSettings() decides product by product which kinds there are", async () => {
  const requirements = await read([
    incus("images/debian", '{"secureboot": false}'),
    lxd("images/debian/12/amd64/cloud", '{"nesting": true}'),
  ]);
  assert.deepEqual(
    requirements.of(PRODUCT).lxdRequirements,
    new Map([["secureboot", "false"]]),
  );
});

test("readSettings() keeps folders named as parts of Object.prototype apart", async () => {
  const requirements = await read([incus("images/__proto__", '{"nesting": true}')]);
  assert.equal(requirements.of(PRODUCT).requirements.size, 0);
  const { requirements: own } = requirements.of({ ...PRODUCT, os: "__proto__" });
  assert.deepEqual(own, new Map([["nesting", "true"]]));
});

test("readSettings() names every bad file with its line and column", async () => {
  await assert.rejects(
    () =>
      read([
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

test("readSettings() names files with keys that no client knows", async () => {
  const { findings } = await read([
    incus("images/debian", '{"secure_boot": false}'),
    lxd("images/debian", '{"kernel": "6.1"}'),
  ]);
  assert.deepEqual(findings.map(({ code, path }) => [code, path]), [
    ["REQUIREMENT_UNKNOWN", "images/debian/.requirements"],
    ["REQUIREMENT_UNKNOWN", "images/debian/.lxd_requirements"],
  ]);
});

test("readSettings() publishes keys that no client knows all the same", async () => {
  const requirements = await read([incus("images/debian", '{"kernel": "6.1"}')]);
  assert.deepEqual(requirements.of(PRODUCT).requirements, new Map([["kernel", "6.1"]]));
});

function requirementsOf({ requirements, lxdRequirements }: RequirementsPair): RequirementsPair {
  return { requirements, lxdRequirements };
}

function read(files: readonly SettingsFile[]) {
  return readSettings({ yaml: createYamlReader() }, files);
}

function incus(folder: string, text: string): SettingsFile {
  return { folder, name: ".requirements", text };
}

function lxd(folder: string, text: string): SettingsFile {
  return { folder, name: ".lxd_requirements", text };
}

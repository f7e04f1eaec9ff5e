import assert from "node:assert/strict";
import { test } from "node:test";
import { createYamlReader } from "../../../core/adapters/yaml_reader.ts";
import { FormatError } from "../../../core/errors.ts";
import { parseImageSettings } from "../../../core/format/image_settings.ts";

const PATH = "images/debian/image.yaml";

test("parseImageSettings() reads every key, scalars as text", async () => {
  const { settings, findings } = await parse(`
os: Debian
release_title: 24.10
release_codename: bookworm
version: 12
support_eol: 2028-06-30
supported: true
label: release
aliases: [stable, debian/stable]
release_aliases:
  bookworm: [12, stable]
  trixie: 13,testing
requirements: {secureboot: false, nesting: yes}
lxd_requirements: {}
`);
  assert.deepEqual(findings, []);
  assert.deepEqual(settings, {
    os: "Debian",
    releaseTitle: "24.10",
    releaseCodename: "bookworm",
    version: "12",
    supportEol: "2028-06-30",
    supported: true,
    label: "release",
    aliases: { add: ["stable", "debian/stable"] },
    releaseAliases: new Map([["bookworm", ["12", "stable"]], ["trixie", ["13", "testing"]]]),
    requirements: new Map([["secureboot", "false"], ["nesting", "yes"]]),
    lxdRequirements: new Map(),
    simplestream: undefined,
  });
});

test("parseImageSettings() reads aliases that replace the default ones", async () => {
  const { settings } = await parse("aliases: {add: [a/b], default: false}");
  assert.deepEqual(settings.aliases, { add: ["a/b"], default: false });
});

test("parseImageSettings() takes an empty file for no settings", async () => {
  for (const text of ["", "# nothing yet\n", "---\n"]) {
    const { settings, findings } = await parse(text);
    assert.deepEqual([settings.os, settings.aliases, findings], [undefined, {}, []]);
  }
});

test("parseImageSettings() reads the settings of simplestream-maintainer in a whole definition", async () => {
  const { settings, findings } = await parse(`
image: {distribution: ubuntu}
packages: {manager: apt}
simplestream:
  distro_name: Ubuntu
  release_aliases: {noble: "24.04, lts"}
  unknown: passed over
  requirements:
    - requirements: {secureboot: "false"}
      releases: [noble]
      architectures: [amd64]
      variants: [desktop]
    - requirements: {nesting: "true"}
      types: [vm]
`);
  assert.deepEqual(findings, []);
  assert.deepEqual(settings.simplestream, {
    distroName: "Ubuntu",
    releaseAliases: new Map([["noble", ["24.04", "lts"]]]),
    requirements: [
      {
        requirements: new Map([["secureboot", "false"]]),
        releases: ["noble"],
        architectures: ["amd64"],
        variants: ["desktop"],
        types: [],
      },
      {
        requirements: new Map([["nesting", "true"]]),
        releases: [],
        architectures: [],
        variants: [],
        types: ["vm"],
      },
    ],
  });
});

test("parseImageSettings() merges the mappings of a plain <<, of which what is there counts more", async () => {
  const { settings } = await parse(`
common: &common {distro_name: Ubuntu, nesting: "a"}
more: &more {nesting: "b", cgroup: "v1"}
simplestream: {<<: *common}
requirements: {<<: [*common, *more], distro_name: own}
lxd_requirements: {"<<": "a key as any other"}
`);
  assert.equal(settings.simplestream?.distroName, "Ubuntu");
  assert.deepEqual(
    Object.fromEntries(settings.requirements ?? []),
    { distro_name: "own", nesting: "a", cgroup: "v1" },
  );
  assert.deepEqual([...settings.lxdRequirements ?? []], [["<<", "a key as any other"]]);
});

for (
  const [text, line, column, problem] of [
    ["os: [a]", 1, 5, /found a list, expected text/],
    ["\nos:\n", 2, 4, /found nothing, expected text/],
    ['os: "a\\nb"', 1, 5, /expected text on one line/],
    ["support_eol: 2028-02-30", 1, 14, /expected a date, YYYY-MM-DD/],
    ["support_eol: 30.6.2028", 1, 14, /expected a date, YYYY-MM-DD/],
    ["supported: yes", 1, 12, /found "yes", expected true or false/],
    ["aliases: stable", 1, 10, /found "stable", expected a list/],
    ["aliases: {ad: [x]}", 1, 11, /found the key "ad", expected "add" or "default"/],
    ["aliases: [ok, 'a,b']", 1, 15, /clients split aliases at commas/],
    ["aliases: ['a:b']", 1, 11, /a remote's name/],
    ["aliases: [' a']", 1, 11, /clients do not trim aliases/],
    ["release_aliases:\n  12: ''", 2, 7, /found nothing, expected text/],
    ["release_aliases: {12: 'a,,b'}", 1, 23, /found the release alias "": it is empty/],
    ["requirements: {secureboot: [false]}", 1, 28, /found a list, expected text/],
    ["requirements: {secureboot: }", 1, 28, /found nothing, expected text/],
    ["simplestream: {requirements: {a: b}}", 1, 30, /found a mapping, expected a list/],
    ["requirements: {<<: [a]}", 1, 16, /found "<<" with something else than mappings/],
    ["os: a\nos: b", 2, 1, /key "os" is there twice/],
    ["os: 'a", 1, 7, /expected YAML/],
    ["- os", 1, 1, /found a list, expected keys and values/],
  ] as const
) {
  test(`parseImageSettings() throws with line and column for ${JSON.stringify(text)}`, async () => {
    await assert.rejects(() => parse(text), (error) => {
      assert.ok(error instanceof FormatError);
      assert.deepEqual(error.where, { path: PATH, line, column });
      assert.match(error.message, problem);
      assert.ok(
        error.message.startsWith(`Cannot read "${PATH}" at line ${line}, column ${column}`),
      );
      return true;
    });
  });
}

test("parseImageSettings() finds keys that nothing is done with", async () => {
  const { findings } = await parse("aliasses: [x]\nfoo: bar\n");
  assert.deepEqual(findings.map(({ code, path }) => [code, path]), [
    ["SETTING_UNKNOWN", PATH],
    ["SETTING_UNKNOWN", PATH],
  ]);
  assert.match(findings[0]?.message ?? "", /did you mean "aliases"\?/);
  assert.match(findings[1]?.message ?? "", /expected one of os, release_title/);
});

test("parseImageSettings() finds requirements that no client knows, those of rules too", async () => {
  const { findings } = await parse(`
requirements: {secure_boot: false}
lxd_requirements: {nesting: maybe}
simplestream: {requirements: [{requirements: {kernel: "6"}}]}
`);
  assert.deepEqual(findings.map(({ code }) => code), [
    "REQUIREMENT_UNKNOWN",
    "REQUIREMENT_VALUE",
    "REQUIREMENT_UNKNOWN",
  ]);
});

async function parse(text: string) {
  return parseImageSettings(await createYamlReader().read(text, PATH), PATH);
}

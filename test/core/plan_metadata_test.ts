import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetadataPacker } from "../../core/adapters/metadata_packer.ts";
import { parseMetadataYaml } from "../../core/adapters/metadata_yaml.ts";
import { parseCreationDate } from "../../core/format/creation_date.ts";
import { formatMetadata } from "../../core/format/metadata_text.ts";
import { applyMetadata, type MetadataRequest, planMetadata } from "../../core/plan_metadata.ts";
import { archiveText, createAddPorts, metadataText } from "../support/add_ports.ts";

const NAMES = { os: "Debian", release: "12", variant: "default", arch: "amd64" };

function createPorts() {
  const ports = { ...createAddPorts(), packer: createMetadataPacker() };
  ports.tree.put("/images/fs", "hsqs", { mtimeMs: Date.UTC(2024, 0, 2, 3, 4, 5, 678) });
  ports.tree.put("/images/metadata", metadataText());
  ports.tree.put("/images/whole", archiveText({ metadata: {}, root: "disk" }));
  ports.tree.put("/images/raw", "KDMV");
  ports.tree.put("/taken/incus.tar.xz", "");
  return ports;
}

function plan(request: Partial<MetadataRequest>) {
  return planMetadata(createPorts(), { ...NAMES, ...request });
}

test("planMetadata() plans what Incus takes, of the root's own time", async () => {
  const { out, text, createdAt } = await plan({ file: "/images/fs" });
  assert.equal(out, "/images/incus.tar.xz");
  assert.equal(createdAt.toISOString(), "2024-01-02T03:04:05.000Z");
  assert.equal(
    text,
    [
      "architecture: x86_64",
      "creation_date: 1704164645",
      "expiry_date: 0",
      "properties:",
      "  architecture: x86_64",
      '  description: "Debian 12 (default) (x86_64) (20240102_03:04)"',
      "  os: Debian",
      '  release: "12"',
      '  serial: "20240102_03:04"',
      "  variant: default",
      "templates: {}",
      "",
    ].join("\n"),
  );
});

test("planMetadata() plans what it is told to", async () => {
  const { out, text } = await plan({
    out: "/tmp/x",
    description: "Mine: 1",
    date: "2023-05-06",
    properties: new Map([["requirements.secureboot", "false"]]),
  });
  assert.equal(out, "/tmp/x");
  assert.match(text, /\ncreation_date: 1683331200\n/);
  assert.match(text, /\n {2}description: "Mine: 1"\n/);
  assert.match(text, /\n {2}release: "12"\n {2}requirements.secureboot: "false"\n {2}serial: /);
});

test("planMetadata() takes the current directory and time without a file", async () => {
  const { out, createdAt } = await plan({});
  assert.equal(out, "incus.tar.xz");
  assert.equal(createdAt.toISOString(), "2024-06-01T12:00:00.000Z");
});

test("applyMetadata() writes the same bytes for the same input", async () => {
  const ports = createPorts();
  const request = { ...NAMES, file: "/images/fs" };
  const one = await applyMetadata(ports, await planMetadata(ports, request));
  const two = await applyMetadata(ports, await planMetadata(ports, { ...request, out: "/two" }));
  assert.deepEqual([two.sha256, two.sizeBytes], [one.sha256, one.sizeBytes]);
  await assert.rejects(planMetadata(ports, request), { code: "EXISTS" });
});

const REFUSED: readonly (readonly [string, Partial<MetadataRequest>, RegExp])[] = [
  ["an os with a slash", { os: "a/b" }, /^Cannot use os "a\/b": expected a name without "\/"$/],
  [
    "an empty release",
    { release: "" },
    /^Cannot use release "": expected a name that is not empty/,
  ],
  [
    "an unknown arch",
    { arch: "vax" },
    /^Cannot use arch "vax": no client knows it, expected one of/,
  ],
  [
    "a description of two lines",
    { description: "a\nb" },
    /^Cannot use description "a\\x0ab": it has/,
  ],
  [
    "no time",
    { date: "2024-02-30" },
    /^Cannot use date "2024-02-30": it is no time, expected YYYY/,
  ],
  [
    "a property of its own",
    { properties: new Map([["os", "x"]]) },
    /^Cannot use property "os": it/,
  ],
  [
    "the serial",
    { properties: new Map([["serial", "x"]]) },
    /^Cannot use property "serial": it has/,
  ],
  ["metadata", { file: "/images/metadata" }, /metadata": it is metadata itself, expected a root/],
  ["a unified image", { file: "/images/whole" }, /whole": it is a unified image, with metadata in/],
  ["a VMDK disk", { file: "/images/raw" }, /^Cannot use "\/images\/raw": it is a VMDK disk/],
  ["a missing file", { file: "/none" }, /^Cannot use "\/none": there is no such file/],
  ["a tarball that is there", { out: "/taken/incus.tar.xz" }, /is there already, expected a name/],
];

for (const [what, request, message] of REFUSED) {
  test(`planMetadata() refuses ${what}`, async () => {
    await assert.rejects(plan(request), { message });
  });
}

test("formatMetadata() writes any text so that YAML reads it as that text", async () => {
  const texts = [
    "12",
    "yes",
    "NO",
    "~",
    "null",
    "1e3",
    "0x1",
    " a ",
    "a: b",
    "a #b",
    "- a",
    "é",
    "'",
    '"',
  ];
  const more = [
    "\\",
    "{a}",
    "[a]",
    "&a",
    "*a",
    "!a",
    "%a",
    "@a",
    "`",
    "a,b",
    "",
    "2024-01-01",
    "a b",
    "ß😀",
  ];
  const properties = new Map(
    [...texts, ...more].map((text, place) => [`key ${place}: ${text}`, text]),
  );
  const text = formatMetadata({ architecture: "x86_64", createdAt: new Date(0), properties });
  const document = await parseMetadataYaml(new TextEncoder().encode(text));
  const sorted = Object.fromEntries(properties);
  assert.deepEqual((document as { properties: unknown }).properties, sorted);
});

const DATES: readonly (readonly [string, string | undefined])[] = [
  ["@1704164640", "2024-01-02T03:04:00.000Z"],
  ["20240102", "2024-01-02T00:00:00.000Z"],
  ["20240102_03:04", "2024-01-02T03:04:00.000Z"],
  ["202401020304", "2024-01-02T03:04:00.000Z"],
  ["2024-01-02", "2024-01-02T00:00:00.000Z"],
  ["2024-01-02T03:04Z", "2024-01-02T03:04:00.000Z"],
  ["2024-01-02T03:04:05Z", "2024-01-02T03:04:05.000Z"],
  ["9999-12-31", "9999-12-31T00:00:00.000Z"],
  ["2024-01-02T03:04", undefined],
  ["2024-02-30", undefined],
  ["2024-13-01", undefined],
  ["1969-12-31", undefined],
  ["19691231", undefined],
  ["@253402300800", undefined],
  ["@-1", undefined],
  ["yesterday", undefined],
  ["", undefined],
];

for (const [text, expected] of DATES) {
  test(`parseCreationDate() reads "${text}" as ${expected}`, () => {
    assert.equal(parseCreationDate(text)?.toISOString(), expected);
  });
}

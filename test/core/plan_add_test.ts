import assert from "node:assert/strict";
import { test } from "node:test";
import { type AddPlan, type AddRequest, planAdd } from "../../core/plan_add.ts";
import {
  archiveText,
  createAddPorts,
  metadataDocument,
  metadataText,
} from "../support/add_ports.ts";

const FOLDER = "images/debian/12/amd64/default/20240102_03:04";
const QCOW2 = `QFI\u{fb}${"\0".repeat(20)}`;

type Request = Partial<Omit<AddRequest, "root">>;

/** Plans to add files, name to content, in their order. */
async function plan(
  files: Readonly<Record<string, string>>,
  request: Request = {},
  tree: Readonly<Record<string, string>> = {},
): Promise<AddPlan> {
  const ports = createAddPorts();
  ports.tree.put("/root/readme", "");
  for (const [path, text] of Object.entries(tree)) ports.tree.put(path, text);
  for (const [name, text] of Object.entries(files)) ports.tree.put(`/source/${name}`, text);
  const before = ports.tree.files();
  // Text in memory is UTF-8, which has no single byte fb
  const { readAt } = ports.bytes;
  ports.bytes.readAt = (path, place, sizeBytes) => {
    const isDisk = ports.tree.readText(path) === QCOW2;
    return isDisk
      ? Uint8Array.of(0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0)
      : readAt(path, place, sizeBytes);
  };
  const paths = Object.keys(files).map((name) => `/source/${name}`);
  const planned = await planAdd(ports, { root: "/root", files: paths, ...request });
  assert.deepEqual(ports.tree.files(), before, "planning changes nothing");
  return planned;
}

const IMAGES: readonly (readonly [string, Readonly<Record<string, string>>, string, string])[] = [
  [
    "metadata and squashfs",
    { a: metadataText(), b: "hsqs" },
    "container",
    "a incus.tar.xz, b root.squashfs",
  ],
  [
    "squashfs and metadata",
    { a: "hsqs", b: metadataText() },
    "container",
    "b incus.tar.xz, a root.squashfs",
  ],
  [
    "metadata and a tarball",
    { a: metadataText(), b: archiveText({}) },
    "container",
    "a incus.tar.xz, b root.tar.xz",
  ],
  [
    "metadata and a disk",
    { a: metadataText(), b: QCOW2 },
    "virtual-machine",
    "a incus.tar.xz, b disk.qcow2",
  ],
  [
    "metadata for LXD",
    { "lxd-meta": metadataText(), b: "hsqs" },
    "container",
    "lxd-meta lxd.tar.xz, b root.squashfs",
  ],
  [
    "a unified container",
    { "a.tar.zst": archiveText({ metadata: metadataDocument(), root: "directory" }) },
    "container",
    "a.tar.zst incus_combined.tar.gz",
  ],
  [
    "a unified VM for LXD",
    { lxd: archiveText({ metadata: metadataDocument(), root: "disk" }) },
    "virtual-machine",
    "lxd lxd_combined.tar.gz",
  ],
];

for (const [what, files, type, moves] of IMAGES) {
  test(`planAdd() plans ${what}`, async () => {
    const planned = await plan(files);
    assert.equal(planned.folder, FOLDER);
    assert.equal(planned.product, "debian:12:amd64:default");
    assert.equal(planned.type, type);
    const names = planned.moves.map(({ from, to }) => `${from.replace("/source/", "")} ${to}`);
    assert.equal(names.join(", "), moves);
    assert.deepEqual(planned.findings, []);
    assert.equal(planned.isResumed, false);
    assert.equal(planned.settings, undefined);
  });
}

test("planAdd() takes given names for the place, and tells of those that differ", async () => {
  const names = { os: "Debian", release: "12", variant: "cloud", arch: "x86_64" };
  const { folder, findings } = await plan({ a: metadataText(), b: "hsqs" }, { names });
  assert.equal(folder, "images/Debian/12/amd64/cloud/20240102_03:04");
  assert.deepEqual(findings.map(({ code, path }) => [code, path]), [[
    "METADATA_DIFFERS",
    "/source/a",
  ]]);
  assert.match(findings[0]?.message ?? "", /^its os is "debian", and "Debian" is what clients/);
});

test("planAdd() takes given names in the place of missing ones", async () => {
  const metadata = { architecture: "x86_64", creation_date: "1704164640", description: "" };
  const files = { a: archiveText({ metadata }), b: "hsqs" };
  await assert.rejects(plan(files), /"os" is missing from metadata.yaml/);
  const { folder, findings } = await plan(files, { names: { os: "a", release: "b" } });
  assert.equal(folder, "images/a/b/amd64/default/20240102_03:04");
  assert.deepEqual(findings, []);
});

test("planAdd() tells of an architecture that no client knows", async () => {
  const metadata = { ...metadataDocument(), architecture: "toaster" };
  const { findings } = await plan({ a: archiveText({ metadata }), b: "hsqs" });
  assert.deepEqual(findings.map(({ code }) => code), ["ARCHITECTURE_UNKNOWN"]);
});

test("planAdd() plans aliases, unless the product has them", async () => {
  const path = "images/debian/12/amd64/default/image.yaml";
  const files = { a: metadataText(), b: "hsqs" };
  const aliases = ["bookworm"];
  const { settings } = await plan(files, { aliases });
  assert.deepEqual(settings, { path, text: "aliases:\n  add:\n    - bookworm\n" });
  const text = "aliases: [bookworm]\n";
  assert.equal((await plan(files, { aliases }, { [`/root/${path}`]: text })).settings, undefined);
});

const METADATA = metadataText();
const UNIFIED = archiveText({ metadata: metadataDocument(), root: "disk" });
const REFUSED: readonly (readonly [string, Readonly<Record<string, string>>, Request, RegExp])[] = [
  ["no file", {}, {}, /^Cannot add 0 files at once, expected/],
  ["three files", { a: METADATA, b: "hsqs", c: "hsqs" }, {}, /^Cannot add 3 files at once/],
  [
    "metadata alone",
    { a: METADATA },
    {},
    /^Cannot add "\/source\/a": it is metadata without a root/,
  ],
  ["a root alone", { a: "hsqs" }, {}, /a root without metadata, .* simplestreams metadata makes/],
  ["two metadata files", { a: METADATA, b: METADATA }, {}, /"\/source\/b": both are metadata, exp/],
  ["two roots", { a: "hsqs", b: archiveText({}) }, {}, /both are roots, expected one of them/],
  ["a unified image and a root", { a: "hsqs", b: UNIFIED }, {}, /"\/source\/b" is a unified image/],
  ["two unified images", { a: UNIFIED, b: UNIFIED }, {}, /is a unified image, expected it alone/],
  [
    "a VMDK disk",
    { a: METADATA, b: "KDMV" },
    {},
    /"\/source\/b": it is a VMDK disk.*qemu-img conv/,
  ],
  [
    "a tarball that is cut short",
    { a: METADATA, b: archiveText({ isCutShort: true }) },
    {},
    /archive "\/source\/b": cut short/,
  ],
  [
    "a unified image that is cut short",
    { a: archiveText({ metadata: metadataDocument(), root: "disk", isCutShort: true }) },
    {},
    /archive "\/source\/a": cut short/,
  ],
  [
    "a squashfs that is cut off",
    { a: METADATA, b: `hsqs${"\0".repeat(24)}\x04${"\0".repeat(12)}\x10${"\0".repeat(54)}` },
    {},
    /"\/source\/b": it ends after 96 bytes, expected at least 4096 by what is written in it; /,
  ],
  ["an empty file", { a: METADATA, b: "" }, {}, /"\/source\/b": it is empty, expected/],
  [
    "a missing file",
    { a: METADATA },
    { files: ["/source/a", "/no"] },
    /"\/no": there is no such f/,
  ],
  [
    "a directory",
    { a: METADATA },
    { files: ["/source/a", "/root"] },
    /"\/root": it is a directory/,
  ],
  ["an os with a slash", { a: METADATA, b: "hsqs" }, { names: { os: "a/b" } }, /os "a\/b": .*with/],
  [
    "an unknown arch",
    { a: METADATA, b: "hsqs" },
    { names: { arch: "x" } },
    /arch "x": no client k/,
  ],
  [
    "an alias with a comma",
    { a: METADATA, b: "hsqs" },
    { aliases: ["a,b"] },
    /alias "a,b": clients/,
  ],
  ["an empty alias", { a: METADATA, b: "hsqs" }, { aliases: [""] }, /alias "": it is empty/],
  ["an alias of two lines", { a: METADATA, b: "hsqs" }, { aliases: ["a\nb"] }, /"a\\x0ab": it has/],
];

for (const [what, files, request, message] of REFUSED) {
  test(`planAdd() refuses ${what}`, async () => {
    await assert.rejects(plan(files, request), { message });
  });
}

test("planAdd() refuses a version that is there", async () => {
  const files = { a: metadataText(), b: "hsqs" };
  await assert.rejects(plan(files, {}, { [`/root/${FOLDER}/x`]: "" }), { code: "EXISTS" });
});

test("planAdd() keeps the aliases that the levels above give, beside new ones", async () => {
  const tree = {
    "/root/images/debian/image.yaml": "aliases: [stable]\n",
    "/root/images/debian/12/image.yaml": "aliases: {add: [twelve], default: false}\n",
    "/root/images/debian/12/amd64/default/image.yaml": "label: x\n",
  };
  const added = (files: Readonly<Record<string, string>>) =>
    plan({ a: metadataText(), b: "hsqs" }, { aliases: ["web"] }, files);
  const { settings } = await added(tree);
  assert.equal(settings?.text, "label: x\naliases:\n  add:\n    - twelve\n    - web\n");
  const own = { "/root/images/debian/12/amd64/default/image.yaml": "aliases: [a]\n" };
  assert.equal((await added({ ...tree, ...own })).settings?.text, "aliases: [a, web]\n");
});

test("planAdd() wants no description, which documents do not have", async () => {
  const document = metadataDocument();
  const properties = { ...document.properties, description: undefined };
  const text = archiveText({ metadata: { ...document, properties } });
  assert.equal((await plan({ a: text, b: "hsqs" })).product, "debian:12:amd64:default");
});

test("planAdd() refuses settings that have no place for an alias", async () => {
  const tree = { "/root/images/debian/12/amd64/default/image.yaml": "- a\n" };
  const planning = plan({ a: metadataText(), b: "hsqs" }, { aliases: ["b"] }, tree);
  await assert.rejects(planning, { code: "FORMAT", message: /line 1, column 1: found a list/ });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "../../../core/errors.ts";
import { parseImageMetadata, whyNameUnusable } from "../../../core/format/image_metadata.ts";

const PATH = "/src/incus.tar.xz";
const PROPERTIES = { os: "Debian", release: "bookworm", description: "Debian bookworm" };
const DOCUMENT = {
  architecture: "x86_64",
  creation_date: "1704173099", // date -u -d @1704173099: 2024-01-02 05:24:59
  properties: { ...PROPERTIES, variant: "cloud" },
};

test("parseImageMetadata() returns a product's names, the version and the description", () => {
  assert.deepEqual(parseImageMetadata(DOCUMENT, PATH), {
    os: "Debian",
    release: "bookworm",
    arch: "amd64",
    variant: "cloud",
    version: "20240102_05:24",
    description: "Debian bookworm",
  });
});

test("parseImageMetadata() takes the variant default when there is none", () => {
  const metadata = parseImageMetadata({ ...DOCUMENT, properties: PROPERTIES }, PATH);
  assert.equal(metadata.variant, "default");
});

test("parseImageMetadata() takes names from the top level when there are no properties", () => {
  const { properties, ...top } = DOCUMENT;
  const metadata = parseImageMetadata({ ...top, ...properties }, PATH);
  assert.deepEqual(
    [metadata.os, metadata.release, metadata.variant, metadata.description],
    ["Debian", "bookworm", "cloud", "Debian bookworm"],
  );
});

test("parseImageMetadata() prefers the properties to the top level", () => {
  const top = { os: "x", release: "x", variant: "x", description: "x" };
  const metadata = parseImageMetadata({ ...DOCUMENT, ...top }, PATH);
  assert.deepEqual(
    [metadata.os, metadata.release, metadata.variant, metadata.description],
    ["Debian", "bookworm", "cloud", "Debian bookworm"],
  );
});

test("parseImageMetadata() prefers the architecture of the properties to that of the top level", () => {
  const properties = { ...PROPERTIES, architecture: "arm64" };
  assert.equal(parseImageMetadata({ ...DOCUMENT, properties }, PATH).arch, "arm64");
});

test("parseImageMetadata() prefers the creation_date of the properties to that of the top level", () => {
  const properties = { ...PROPERTIES, creation_date: "0" };
  assert.equal(parseImageMetadata({ ...DOCUMENT, properties }, PATH).version, "19700101_00:00");
});

test("parseImageMetadata() takes architecture and creation_date from properties alone", () => {
  const { architecture, creation_date } = DOCUMENT;
  const document = { properties: { ...PROPERTIES, architecture, creation_date } };
  const { arch, version } = parseImageMetadata(document, PATH);
  assert.deepEqual([arch, version], ["amd64", "20240102_05:24"]);
});

test("parseImageMetadata() keeps scalars as the text that they are", () => {
  const properties = { ...PROPERTIES, release: "24.10", variant: "0x10" };
  const { release, variant } = parseImageMetadata({ ...DOCUMENT, properties }, PATH);
  assert.deepEqual([release, variant], ["24.10", "0x10"]);
});

test("parseImageMetadata() maps architectures to Debian's names", () => {
  const archs = ["aarch64", "armv7l", "ppc64le", "i686", "riscv64", "amd64"].map((architecture) =>
    parseImageMetadata({ ...DOCUMENT, architecture }, PATH).arch
  );
  assert.deepEqual(archs, ["arm64", "armhf", "ppc64el", "i386", "riscv64", "amd64"]);
});

test("parseImageMetadata() leaves an architecture that no client knows as it is", () => {
  assert.equal(parseImageMetadata({ ...DOCUMENT, architecture: "m68k" }, PATH).arch, "m68k");
});

test("parseImageMetadata() names the field that is missing", () => {
  for (const name of ["architecture", "creation_date"]) {
    const document = Object.entries(DOCUMENT).filter(([key]) => key !== name);
    assertRefused(Object.fromEntries(document), new RegExp(`"${name}" is missing`));
  }
  for (const name of ["os", "release", "description"]) {
    const properties = Object.entries(PROPERTIES).filter(([key]) => key !== name);
    const document = { ...DOCUMENT, properties: Object.fromEntries(properties) };
    assertRefused(document, new RegExp(`"${name}" is missing`));
  }
});

test("parseImageMetadata() takes no value from Object.prototype", () => {
  const properties = Object.create({ os: "inherited" });
  assertRefused({ ...DOCUMENT, properties }, /"os" is missing/);
});

test("parseImageMetadata() refuses a list or mapping where it expects text", () => {
  for (const os of [[], ["a"], {}, { a: "b" }]) {
    assertRefused({ ...DOCUMENT, properties: { ...PROPERTIES, os } }, /"os" is a list or mapping/);
  }
});

test("parseImageMetadata() refuses what is no mapping", () => {
  for (const document of [undefined, null, [], "a"]) assertRefused(document, /no mapping/);
});

test("parseImageMetadata() shows the value that it refuses", () => {
  for (const name of ["os", "release", "variant"]) {
    const properties = { ...PROPERTIES, [name]: "../../etc" };
    assertRefused({ ...DOCUMENT, properties }, new RegExp(`"${name}" is "\\.\\./\\.\\./etc"`));
  }
  assertRefused({ ...DOCUMENT, architecture: "../x" }, /"architecture" is "\.\.\/x"/);
});

test("parseImageMetadata() shows control characters of a value without sending them", () => {
  const properties = { ...PROPERTIES, os: "a\u001b[2J" };
  assertRefused({ ...DOCUMENT, properties }, /"os" is "a\\x1b\[2J"/);
});

test("parseImageMetadata() names the archive in its errors", () => {
  assert.throws(() => parseImageMetadata({}, PATH), (error) => {
    assert.ok(error instanceof FormatError);
    assert.equal(error.where.path, PATH);
    assert.ok(error.message.includes(`"${PATH}"`));
    return true;
  });
});

test("parseImageMetadata() takes the first and the last creation_date that a version can have", () => {
  const versions = ["0", "253402300799"].map((creation_date) =>
    parseImageMetadata({ ...DOCUMENT, creation_date }, PATH).version
  );
  assert.deepEqual(versions, ["19700101_00:00", "99991231_23:59"]);
});

test("parseImageMetadata() refuses a creation_date that is not whole seconds since 1970", () => {
  const dates = [
    "",
    "-1",
    "1.5",
    "1e9",
    "0x10",
    " 1",
    "2024-01-02",
    "253402300800",
    "9".repeat(30),
  ];
  for (const creation_date of dates) {
    assertRefused({ ...DOCUMENT, creation_date }, /"creation_date" is ".*expected whole seconds/);
  }
});

test("whyNameUnusable() accepts names with spaces, dots inside and UTF-8", () => {
  for (const name of ["Alma Linux", "24.10", "a..b", "é中😀", "a".repeat(255)]) {
    assert.equal(whyNameUnusable(name), undefined);
  }
});

test("whyNameUnusable() refuses an empty name", () => {
  assert.match(whyNameUnusable("") ?? "", /not empty/);
});

test("whyNameUnusable() refuses what leads out of the tree or is hidden", () => {
  for (const name of ["/", "/etc", "a/b", "..", ".", "../a", ".hidden"]) {
    assert.notEqual(whyNameUnusable(name), undefined, name);
  }
});

test("whyNameUnusable() refuses what splits ids, aliases or remotes", () => {
  for (const name of ["a:b", "a,b"]) assert.notEqual(whyNameUnusable(name), undefined, name);
});

test("whyNameUnusable() refuses percent signs and control characters", () => {
  for (const name of ["100%", "a\nb", "a\u0000", "\u007f"]) {
    assert.notEqual(whyNameUnusable(name), undefined, name);
  }
});

test("whyNameUnusable() counts bytes, not characters", () => {
  assert.equal(whyNameUnusable("é".repeat(127)), undefined);
  assert.match(whyNameUnusable("é".repeat(128)) ?? "", /256 bytes, expected at most 255/);
});

test("whyNameUnusable() refuses half a surrogate pair", () => {
  assert.notEqual(whyNameUnusable("a\ud83d"), undefined);
});

function assertRefused(document: unknown, message: RegExp): void {
  assert.throws(() => parseImageMetadata(document, PATH), (error) => {
    assert.ok(error instanceof FormatError);
    assert.match(error.message, message);
    return true;
  });
}

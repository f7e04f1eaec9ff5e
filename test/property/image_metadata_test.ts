import assert from "node:assert/strict";
import { posix } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { FormatError } from "../../core/errors.ts";
import { type ImageMetadata, parseImageMetadata } from "../../core/format/image_metadata.ts";
import { productId, productPath } from "../../core/format/model.ts";
import { readVersionName } from "../../core/format/version_name.ts";

/** Any character there is, control characters and halves of surrogate pairs too. */
const character = fc
  .oneof(fc.nat({ max: 0xff }), fc.nat({ max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));
const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("debian", "12", "amd64", "x86_64", "24.10", "a..b") },
  {
    weight: 3,
    arbitrary: fc.string({
      unit: fc.constantFrom("/", ".", ":", ",", "%", "\u0000", "\n", "a", "é", "\ud800", "\ufffd"),
      maxLength: 4,
    }),
  },
  { weight: 3, arbitrary: fc.string({ unit: character, maxLength: 300 }) },
  { weight: 1, arbitrary: fc.constantFrom(null, [], ["a"], { a: "b" }) },
);
const seconds = fc.oneof(
  { weight: 9, arbitrary: fc.nat({ max: 2 ** 31 - 1 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom("253402300799", "253402300800", "-1", "", "1e9") },
);
const GOOD = {
  os: "debian",
  release: "12",
  description: "Debian 12",
  architecture: "x86_64",
  creation_date: "1704173099",
};
const someFields = fc.record({ os: text, release: text, variant: text, description: text }, {
  requiredKeys: [],
});
/** Documents with a few fields that are not good, at the top level or in the properties. */
const document = fc
  .record({ top: someFields, properties: someFields, architecture: text, creation_date: seconds })
  .chain(({ top, properties, ...others }) =>
    fc.subarray(Object.entries(others), { maxLength: 1 }).map((chosen) => ({
      ...GOOD,
      ...top,
      ...Object.fromEntries(chosen),
      properties,
    }))
  );

test("parseImageMetadata() never yields a name that leaves the tree or breaks a client", () => {
  fc.assert(
    fc.property(document, (document) => {
      const metadata = parse(document);
      if (metadata === undefined) return;
      for (const name of [metadata.os, metadata.release, metadata.arch, metadata.variant]) {
        assert.doesNotMatch(name, /^$|^[.]|[/:,%\p{Cc}\p{Cs}]/u);
        assert.ok(new TextEncoder().encode(name).length <= 255);
      }
      assert.equal(
        posix.join("/root", productPath({ ...metadata, stream: "images" })),
        `/root/${productPath({ ...metadata, stream: "images" })}`,
      );
      assert.equal(productPath({ ...metadata, stream: "images" }).split("/").length, 5);
      assert.equal(productId(metadata).split(":").length, 4);
    }),
    { numRuns: 2000 },
  );
});

test("parseImageMetadata() yields versions that can be published", () => {
  fc.assert(fc.property(seconds, (creation_date) => {
    const metadata = parse({ ...GOOD, creation_date });
    if (metadata !== undefined) assert.ok(readVersionName(metadata.version));
  }));
});

test("parseImageMetadata() yields names as they were written, from the properties first", () => {
  fc.assert(
    fc.property(document, (document) => {
      const metadata = parse(document);
      if (metadata === undefined) return;
      const { properties, ...top } = document;
      const expected = { variant: "default", ...top, ...properties };
      assert.deepEqual(
        [metadata.os, metadata.release, metadata.variant, metadata.description],
        [expected.os, expected.release, expected.variant, expected.description],
      );
    }),
    { numRuns: 1000 },
  );
});

test("parseImageMetadata() throws FormatError alone, whatever the document is", () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.jsonValue()), (document) => {
      parse(document);
    }),
    { numRuns: 300 },
  );
});

/** The metadata, or undefined when it is refused with a FormatError; any other error goes on. */
function parse(document: unknown): ImageMetadata | undefined {
  try {
    return parseImageMetadata(document, "incus.tar.xz");
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

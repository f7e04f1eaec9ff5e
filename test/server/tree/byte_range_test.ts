import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseRange } from "../../../server/tree/byte_range.ts";

const sizeBytes = fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: Number.MAX_SAFE_INTEGER }));
const place = fc.oneof(fc.nat({ max: 25 }), fc.nat({ max: Number.MAX_SAFE_INTEGER }));

test("parseRange() agrees with slicing, for first and last byte", () => {
  const bytes = Buffer.from("0123456789");
  fc.assert(fc.property(fc.nat({ max: 12 }), fc.nat({ max: 12 }), (first, last) => {
    assert.deepEqual(
      cut(bytes, `bytes=${first}-${last}`),
      last < first ? "whole" : first >= 10 ? "unsatisfiable" : bytes.subarray(first, last + 1),
    );
  }));
});

test("parseRange() agrees with slicing, from a byte on and for the last bytes", () => {
  const bytes = Buffer.from("0123456789");
  for (let number = 0; number <= 12; number++) {
    const rest = number < 10 ? bytes.subarray(number) : "unsatisfiable";
    assert.deepEqual(cut(bytes, `bytes=${number}-`), rest);
    const end = number > 0 ? bytes.subarray(-number) : "unsatisfiable";
    assert.deepEqual(cut(bytes, `bytes=-${number}`), end);
  }
});

test("parseRange() never leaves the file", () => {
  const spec = fc.tuple(fc.option(place, { nil: "" }), fc.option(place, { nil: "" }));
  fc.assert(fc.property(spec, sizeBytes, ([first, last], sizeBytes) => {
    const section = parseRange(`bytes=${first}-${last}`, sizeBytes);
    if (typeof section === "string") return;
    assert.ok(section.start >= 0 && section.lengthBytes > 0);
    assert.ok(section.start + section.lengthBytes <= sizeBytes);
  }));
});

test("parseRange() gives the whole file for what it need not grant", () => {
  const headers = [
    ...["", "bytes", "bytes=", "bytes=-", "bytes=,", "bytes=a-b", "bytes=1", "bytes=1-2-3"],
    ...["bytes=0-1,3-4", "bytes=0-1, 0-1", "items=0-1", "bytes 0-1", "bytes =0-1", "bytes=+1-2"],
    ...["bytes=1.0-2", "bytes=0x1-2", "bytes=5-4", "bytes=1-2;x", "bytes=１-２", "bytes=1 -2"],
  ];
  for (const header of headers) assert.equal(parseRange(header, 10), "whole", header);
  assert.equal(parseRange(undefined, 10), "whole");
});

test("parseRange() never throws, whatever the header", () => {
  fc.assert(fc.property(fc.string(), sizeBytes, (text, sizeBytes) => {
    parseRange(text, sizeBytes);
    parseRange(`bytes=${text}`, sizeBytes);
  }));
});

test("parseRange() takes the unit in any case, and white space and empty elements of a list", () => {
  for (const header of ["Bytes=1-2", " bytes=1-2 ", "bytes= 1-2", "bytes=,1-2, ,", "bytes=\t1-2"]) {
    assert.deepEqual(parseRange(header, 10), { start: 1, lengthBytes: 2 }, header);
  }
});

test("parseRange() takes numbers that no file reaches", () => {
  const big = "9".repeat(400);
  assert.deepEqual(parseRange(`bytes=1-${big}`, 10), { start: 1, lengthBytes: 9 });
  assert.deepEqual(parseRange(`bytes=-${big}`, 10), { start: 0, lengthBytes: 10 });
  assert.equal(parseRange(`bytes=${big}-`, 10), "unsatisfiable");
  assert.equal(parseRange("bytes=18446744073709551616-18446744073709551617", 10), "unsatisfiable");
});

test("parseRange() has no part of an empty file", () => {
  assert.equal(parseRange("bytes=0-", 0), "unsatisfiable");
  assert.equal(parseRange("bytes=0-0", 0), "unsatisfiable");
  assert.equal(parseRange("bytes=-0", 0), "unsatisfiable");
  assert.equal(parseRange("bytes=-5", 0), "whole");
});

function cut(bytes: Buffer, header: string): Buffer | string {
  const section = parseRange(header, bytes.length);
  if (typeof section === "string") return section;
  return bytes.subarray(section.start, section.start + section.lengthBytes);
}

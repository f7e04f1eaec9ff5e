import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  digestTag,
  fileTag,
  isSameRange,
  isTagListed,
  isUnmodifiedSince,
} from "../../../server/tree/entity_tag.ts";

const DATE = "Sun, 06 Nov 1994 08:49:37 GMT";
const LATER = "Sun, 06 Nov 1994 08:49:38 GMT";
const EARLIER = "Sun, 06 Nov 1994 08:49:36 GMT";
const mtimeMs = 784111777_999;

test("digestTag() has another tag for other bytes", () => {
  assert.equal(digestTag("ab"), '"ab"');
  assert.equal(digestTag("ab", "gzip"), '"ab-gzip"');
});

test("fileTag() differs when size, time or inode does", () => {
  const info = fc.record({ sizeBytes: fc.nat(), mtimeMs: fc.nat(), inode: fc.nat() });
  fc.assert(fc.property(info, info, (a, b) => {
    const tags = [a, b].map((info) => fileTag({ kind: "file", ...info }));
    assert.equal(tags[0] === tags[1], JSON.stringify(a) === JSON.stringify(b));
    assert.match(tags[0] ?? "", /^"[0-9a-f]+-[0-9a-f]+-[0-9a-f]+"$/);
  }));
});

test("isTagListed() compares weakly with each of a list", () => {
  const headers = ['"a"', 'W/"a"', ' "a" ', '"b", "a"', 'W/"b",W/"a"', '"x,y","a"', "*", ',"a",'];
  for (const header of headers) assert.ok(isTagListed(header, '"a"'), header);
});

test("isTagListed() finds nothing in other tags and broken headers", () => {
  const headers = [
    ...["", '"b"', '"A"', "a", '"a', 'a"', 'w/"a"', '"a"x', '"b"a"', "**", '*, "a"', '"aa"', "W/a"],
    ...['"b,"a""', '"a" x', 'x "a"', 'W/ "a"', '""a""'],
  ];
  for (const header of headers) assert.ok(!isTagListed(header, '"a"'), header);
});

test("isTagListed() takes long headers in no long time", () => {
  const start = performance.now();
  for (const unit of ['"', 'W/"', '"a" ', ", ", '"a"W/']) isTagListed(unit.repeat(16_000), '"b"');
  assert.ok(performance.now() - start < 1000);
});

test("isUnmodifiedSince() compares whole seconds and ignores what is no date", () => {
  assert.ok(isUnmodifiedSince(DATE, mtimeMs));
  assert.ok(isUnmodifiedSince(LATER, mtimeMs));
  assert.ok(!isUnmodifiedSince(EARLIER, mtimeMs));
  assert.ok(!isUnmodifiedSince("2030-01-01", mtimeMs));
});

test("isSameRange() takes this strong tag and this date, and no other", () => {
  const validators = { etag: '"a"', mtimeMs };
  for (const header of ['"a"', ' "a"', DATE]) assert.ok(isSameRange(header, validators), header);
  const others = ['W/"a"', '"b"', '"a", "b"', "*", "a", "", LATER, EARLIER, "yesterday"];
  for (const header of others) assert.ok(!isSameRange(header, validators), header);
});

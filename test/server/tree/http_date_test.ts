import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatHttpDate, parseHttpDate } from "../../../server/tree/http_date.ts";

test("parseHttpDate() reads the three forms of RFC 9110", () => {
  const forms = [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
  ];
  for (const form of forms) assert.equal(parseHttpDate(form), 784111777000, form);
});

test("parseHttpDate() reads what formatHttpDate() writes, in whole seconds", () => {
  const time = fc.integer({ min: -62135596800000, max: 253402300799999 });
  fc.assert(fc.property(time, (timeMs) => {
    assert.equal(parseHttpDate(formatHttpDate(timeMs)), Math.floor(timeMs / 1000) * 1000);
  }));
});

test("parseHttpDate() refuses everything else", () => {
  const texts = [
    ...["", "0", "2024", "2024-01-01", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37"],
    ...["Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 08:49:37 +0000", "06 Nov 1994"],
    ...["Sun, 31 Feb 2024 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 00 Nov 1994"],
    ...["Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:60:37 GMT", "Sun Nov 6 1994"],
  ];
  for (const text of texts) assert.equal(parseHttpDate(text), undefined, text);
});

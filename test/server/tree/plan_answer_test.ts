import assert from "node:assert/strict";
import { test } from "node:test";
import { type Conditions, planAnswer } from "../../../server/tree/plan_answer.ts";

const DATE = "Sun, 06 Nov 1994 08:49:37 GMT";
const EARLIER = "Sun, 06 Nov 1994 08:49:36 GMT";
const FILE = { etag: '"a"', mtimeMs: 784111777_000, sizeBytes: 10 };
const WHOLE = { status: 200, section: { start: 0, lengthBytes: 10 } };
const PART = { status: 206, section: { start: 2, lengthBytes: 3 } };
const range = "bytes=2-4";

test("planAnswer() sends a file that nothing is known of", () => {
  assert.deepEqual(plan({}), WHOLE);
});

test("planAnswer() answers 304 by If-None-Match, and by If-Modified-Since only without it", () => {
  assert.deepEqual(plan({ ifNoneMatch: '"a"' }), { status: 304 });
  assert.deepEqual(plan({ ifNoneMatch: "*" }), { status: 304 });
  assert.deepEqual(plan({ ifModifiedSince: DATE }), { status: 304 });
  assert.deepEqual(plan({ ifModifiedSince: EARLIER }), WHOLE);
  assert.deepEqual(plan({ ifModifiedSince: "never" }), WHOLE);
  assert.deepEqual(plan({ ifNoneMatch: '"b"', ifModifiedSince: DATE }), WHOLE);
  assert.deepEqual(plan({ ifNoneMatch: '"a"', ifModifiedSince: EARLIER }), { status: 304 });
});

test("planAnswer() looks at ranges after all else", () => {
  assert.deepEqual(plan({ range, ifNoneMatch: '"a"' }), { status: 304 });
  assert.deepEqual(plan({ range: "bytes=10-", ifNoneMatch: '"a"' }), { status: 304 });
  assert.deepEqual(plan({ range, ifNoneMatch: '"b"' }), PART);
  assert.deepEqual(plan({ range: "bytes=10-" }), { status: 416 });
});

test("planAnswer() sends a part only of the file that If-Range names", () => {
  assert.deepEqual(plan({ range, ifRange: '"a"' }), PART);
  assert.deepEqual(plan({ range, ifRange: DATE }), PART);
  assert.deepEqual(plan({ range, ifRange: '"b"' }), WHOLE);
  assert.deepEqual(plan({ range, ifRange: 'W/"a"' }), WHOLE);
  assert.deepEqual(plan({ range, ifRange: EARLIER }), WHOLE);
  assert.deepEqual(plan({ range: "bytes=10-", ifRange: '"b"' }), WHOLE);
  assert.deepEqual(plan({ ifRange: '"b"' }), WHOLE);
});

test("planAnswer() has no ranges for HEAD", () => {
  assert.deepEqual(plan({ method: "HEAD", range }), WHOLE);
  assert.deepEqual(plan({ method: "HEAD", range: "bytes=10-" }), WHOLE);
});

function plan(conditions: Partial<Conditions>) {
  const none = {
    method: "GET",
    ifNoneMatch: undefined,
    ifModifiedSince: undefined,
    range: undefined,
    ifRange: undefined,
  };
  return planAnswer({ ...none, ...conditions }, FILE);
}

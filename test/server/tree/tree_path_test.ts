import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { treePath } from "../../../server/tree/tree_path.ts";

const FOLDERS = ["images", "streams"];

const REFUSED = [
  "",
  "/",
  "images/a",
  "/images",
  "/images/",
  "/images//a",
  "/images/a/",
  "/Images/a",
  "/other/a",
  "/.images/a",
  "/images/.",
  "/images/..",
  "/images/../streams/a",
  "/images/.hidden",
  "/images/a/.hidden/b",
  "/images/%2e%2e/a",
  "/images/%2E%2E/a",
  "/images/.%2e/a",
  "/images/%2ehidden",
  "/images/..%2fa",
  "/images/a%2fb",
  "/images/a%2Fb",
  "/images%2fa",
  "/images/..%5ca",
  "/images/a\\b",
  "/images/a%00",
  "/images/a%0ab",
  "/images/a%7f",
  "/images/a%c2%80",
  "/images/%c0%ae%c0%ae/a",
  "/images/%e0%80%ae/a",
  "/images/%ed%a0%80",
  "/images/%ff",
  "/images/%",
  "/images/%2",
  "/images/%zz",
  "/images/%u002e",
  `/images/${"a".repeat(256)}`,
  `/images/${"%c3%a9".repeat(128)}`,
  `/images${"/abcdefg".repeat(256)}`,
];

const ACCEPTED = new Map([
  ["/images/a", "images/a"],
  ["/streams/v1/index.json", "streams/v1/index.json"],
  ["/%69mages/a", "images/a"],
  ["/images/a..b/c.", "images/a..b/c."],
  ["/images/20240101_05:24/disk.qcow2", "images/20240101_05:24/disk.qcow2"],
  ["/images/a%20b%3F%23+c/%C3%A9", "images/a b?#+c/é"],
  [`/images/${"%c3%a9".repeat(127)}`, `images/${"é".repeat(127)}`],
]);

test("treePath() refuses every spelling of a name that is not served", () => {
  for (const path of REFUSED) assert.equal(treePath(path, FOLDERS), undefined, path);
});

test("treePath() decodes the names that are served", () => {
  for (const [path, names] of ACCEPTED) {
    assert.deepEqual(treePath(path, FOLDERS)?.join("/"), names, path);
  }
});

test("treePath() decodes once", () => {
  for (const path of ["/images/%252e%252e/a", "/images/%25252e", "/images/%252f"]) {
    assert.equal(treePath(path, FOLDERS), undefined, path);
  }
});

test("treePath() returns nothing but names that stay where they are", () => {
  const piece = fc.constantFrom(
    ...["images", "streams", "a", "b", "/", "/", "/", ".", "..", "%2e", "%2f", "%5c", "%00", "%"],
    ...["%25", "2e", "é", "%c3%a9", "%c0%ae", "\\", " ", "?", "#", ";", ":"],
  );
  const path = fc.array(piece, { maxLength: 12 }).map((pieces) => `/images/${pieces.join("")}`);
  fc.assert(
    fc.property(fc.oneof(path, fc.webPath(), fc.string()), (path) => {
      const names = treePath(path, FOLDERS);
      if (names === undefined) return;
      assert.ok(names.length > 1 && /^(?:images|streams)$/.test(names[0] ?? ""));
      for (const name of names) assert.match(name, /^[^./\\\p{Cc}][^/\\\p{Cc}]*$/u);
    }),
    { numRuns: 5000 },
  );
});

test("treePath() finds every usable name again that was encoded", () => {
  const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 })
    .filter((name) => /^[^./\\%][^/\\%]*$/.test(name) && !/[\p{C}\u2028\u2029\ufffd]/u.test(name));
  fc.assert(fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (names) => {
    const path = ["", "images", ...names.map(encodeURIComponent)].join("/");
    assert.deepEqual(treePath(path, FOLDERS), ["images", ...names]);
  }));
});

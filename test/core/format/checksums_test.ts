import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSums, parseChecksums } from "../../../core/format/checksums.ts";

const [A, B] = ["a".repeat(64), "b".repeat(64)];

test("parseChecksums() reads what sha256sum writes, of texts, binaries and names with spaces", () => {
  const text = `${A}  lxd.tar.xz\n${B} *my root.squashfs\n${A.toUpperCase()}  ./disk.qcow2\r\n`;
  assert.deepEqual(
    [...parseChecksums(text)],
    [["lxd.tar.xz", A], ["my root.squashfs", B], ["disk.qcow2", A]],
  );
});

test("parseChecksums() reads other forms that sha256sum checks: tagged, escaped, after a mark", () => {
  const text = `\ufeff${A}  first\n${B}  *starred\nSHA256 (tag (1)) = ${A}\n` +
    `\\${B}  back\\\\slash\\n\n\\SHA256 (a\\\\b) = ${A}\n${A} one space\n`;
  assert.deepEqual(
    [...parseChecksums(text)],
    [
      ["first", A],
      ["*starred", B],
      ["tag (1)", A],
      ["back\\slash\n", B],
      ["a\\b", A],
      ["one space", A],
    ],
  );
});

test("parseChecksums() passes over what is no checksum line", () => {
  const text = `# comment\n\n${A}\nabc  file\nSHA512 (file) = ${A}\n${A}  last`;
  assert.deepEqual([...parseChecksums(text)], [["last", A]]);
});

test("checkSums() finds nothing when every file is listed and matches", () => {
  const digests = new Map([["a", A], ["b", B]]);
  assert.deepEqual(checkSums("f", digests, new Map([["b", B], ["a", A], ["other", A]])), []);
});

test("checkSums() names files that are not listed, and those that differ", () => {
  const findings = checkSums("f", new Map([["a", A], ["b", B]]), new Map([["b", A]]));
  assert.deepEqual(findings.map(({ code, path }) => [code, path]), [
    ["CHECKSUM_MISSING", "f/a"],
    ["CHECKSUM_WRONG", "f/b"],
  ]);
  assert.ok(findings[1]?.message.includes(B) && findings[1].message.includes(A));
});

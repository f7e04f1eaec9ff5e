import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Finding,
  formatFinding,
  sortFindings,
  warning,
} from "../../../core/format/finding.ts";

test("warning() returns a finding that lets the rest be published", () => {
  assert.deepEqual(warning("FILE_EMPTY", "images/a", "is empty"), {
    code: "FILE_EMPTY",
    severity: "warning",
    path: "images/a",
    message: "is empty",
  });
});

test("formatFinding() returns `warning: PATH: MESSAGE`", () => {
  const line = formatFinding(warning("VERSION_NAME", "images/a/b", "this version is left out"));
  assert.equal(line, "warning: images/a/b: this version is left out");
});

test("formatFinding() names the severity of an error", () => {
  const finding: Finding = { ...warning("FILE_EMPTY", "a", "b"), severity: "error" };
  assert.equal(formatFinding(finding), "error: a: b");
});

test("formatFinding() stays on one line when a path has a line feed in it", () => {
  const line = formatFinding(warning("NAME_UNUSABLE", "images/a\nwarning: b", "c"));
  assert.equal(line, "warning: images/a\\x0awarning: b: c");
});

test("formatFinding() sends no escape sequence of a message to the terminal", () => {
  const line = formatFinding(warning("NAME_UNUSABLE", "a", "\u001b[2Jcleared"));
  assert.equal(line, "warning: a: \\x1b[2Jcleared");
});

test("sortFindings() sorts by path before anything else", () => {
  const late = warning("ALIAS_TAKEN", "images/b", "a");
  const early = warning("VERSION_NAME", "images/a", "z");
  assert.deepEqual(sortFindings([late, early]), [early, late]);
});

test("sortFindings() sorts by code on one path", () => {
  const late = warning("FILE_EMPTY", "images/a", "a");
  const early = warning("ALIAS_TAKEN", "images/a", "z");
  assert.deepEqual(sortFindings([late, early]), [early, late]);
});

test("sortFindings() sorts by message when path and code are the same", () => {
  const late = warning("FILE_EMPTY", "images/a", "b");
  const early = warning("FILE_EMPTY", "images/a", "a");
  assert.deepEqual(sortFindings([late, early]), [early, late]);
});

test("sortFindings() leaves the list that it was given as it is", () => {
  const findings = [warning("FILE_EMPTY", "b", ""), warning("FILE_EMPTY", "a", "")];
  sortFindings(findings);
  assert.deepEqual(findings.map(({ path }) => path), ["b", "a"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { editDistance, nearest, printable, whyPathUnusable } from "../../../core/format/text.ts";

test("printable() leaves text without control characters as it is", () => {
  assert.equal(printable('Ubuntu "24.10" é 中 😀'), 'Ubuntu "24.10" é 中 😀');
});

test("printable() shows every C0 and C1 control character and DEL as \\xNN", () => {
  assert.equal(
    printable("\u0000\t\n\r\u001b\u007f\u0085\u009b"),
    "\\x00\\x09\\x0a\\x0d\\x1b\\x7f\\x85\\x9b",
  );
});

test("printable() shows line and paragraph separators as \\uNNNN", () => {
  assert.equal(printable("a\u2028b\u2029"), "a\\u2028b\\u2029");
});

test("whyPathUnusable() accepts what all three clients fetch: space, + # ? : & ; @ [ ] ~ and UTF-8", () => {
  assert.equal(whyPathUnusable("a b+c#d?e:f&g;h@i[j]k~l é 中 😀"), undefined);
});

test("whyPathUnusable() refuses a percent sign", () => {
  assert.match(whyPathUnusable("50%25") ?? "", /"%"/);
});

test("whyPathUnusable() refuses each control character", () => {
  for (const character of ["\u0000", "\t", "\n", "\r", "\u001b", "\u007f", "\u0085"]) {
    assert.match(whyPathUnusable(`a${character}b`) ?? "", /control character/);
  }
});

test("whyPathUnusable() refuses the character that a decoder puts for bytes that are not UTF-8", () => {
  assert.match(whyPathUnusable("caf\ufffd") ?? "", /not UTF-8/);
});

test("whyPathUnusable() refuses half a surrogate pair, which would be another name on disk", () => {
  for (const name of ["\ud83d", "a\ude00", "\ude00\ud83d"]) {
    assert.match(whyPathUnusable(name) ?? "", /not UTF-8/);
  }
});

test("whyPathUnusable() answers the same when it is asked twice", () => {
  assert.equal(whyPathUnusable("a\nb"), whyPathUnusable("a\nb"));
});

test("editDistance() is 0 for equal words", () => {
  assert.equal(editDistance("nesting", "nesting"), 0);
});

test("editDistance() counts each character against an empty word", () => {
  assert.deepEqual([editDistance("", "abc"), editDistance("abc", "")], [3, 3]);
});

test("editDistance() counts insertions, deletions and replacements", () => {
  // The textbook example: kitten, sitten, sittin, sitting
  assert.equal(editDistance("kitten", "sitting"), 3);
});

test("nearest() finds the word that a typing error was meant for", () => {
  assert.equal(nearest("secure_boot", ["cgroup", "secureboot", "nesting"]), "secureboot");
});

test("nearest() finds a word that differs in case alone", () => {
  assert.equal(nearest("SecureBoot", ["secureboot"]), "secureboot");
});

test("nearest() returns the nearer of two", () => {
  assert.equal(nearest("cdrom_agents", ["cdrom_agen", "cdrom_agent"]), "cdrom_agent");
});

test("nearest() returns undefined when no word is near", () => {
  assert.equal(nearest("colour", ["cgroup", "secureboot", "nesting"]), undefined);
});

test("nearest() returns undefined when there are no words", () => {
  assert.equal(nearest("nesting", []), undefined);
});

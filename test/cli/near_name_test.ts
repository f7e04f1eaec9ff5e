import assert from "node:assert/strict";
import { test } from "node:test";
import { nearName } from "../../cli/near_name.ts";

const NAMES = ["list", "show", "verify", "completion"];

test("nearName() finds what was mistyped: a sign missing, too many, wrong or swapped", () => {
  for (const word of ["lst", "liist", "lisk", "lsit", "ist"]) {
    assert.equal(nearName(word, NAMES), "list", word);
  }
  for (const word of ["verfiy", "vreify", "varifi"]) assert.equal(nearName(word, NAMES), "verify");
  for (const word of ["complete", "completions"]) assert.equal(nearName(word, NAMES), "completion");
});

test("nearName() finds a name that is spelt rightly, and of two equally near the first", () => {
  assert.equal(nearName("show", NAMES), "show");
  assert.equal(nearName("car", ["cat", "cab"]), "cat");
});

test("nearName() finds nothing in another word, a short one or a long one", () => {
  for (const word of ["debian", "test", "root", "", "x", "li", "v".repeat(100_000)]) {
    assert.equal(nearName(word, NAMES), undefined, word.slice(0, 10));
  }
});

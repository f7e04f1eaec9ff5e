import assert from "node:assert/strict";
import { test } from "node:test";
import { aliasKeysIn } from "../../../core/format/published_aliases.ts";

test("aliasKeysIn() reads aliases and architecture from before the versions", () => {
  const text =
    '{"aliases":"a/\\"versions\\":{,b","arch":"x86_64","versions":{"1":{"aliases":"c"}}}';
  assert.deepEqual(aliasKeysIn(text), ['x86_64:a/"versions":{', "x86_64:b"]);
});

test("aliasKeysIn() reads them from anywhere in a product that another tool wrote", () => {
  for (
    const text of [
      '{"versions":{"1":{"arch":"arm64"}},"arch":"amd64","aliases":"a"}',
      '{"requirements":{"versions":{}},"aliases":"a","arch":"amd64"}',
      '{"arch":"amd64","aliases":"a","versions":[]}',
    ]
  ) assert.deepEqual(aliasKeysIn(text), ["x86_64:a"], text);
});

test("aliasKeysIn() finds none in a product without aliases or architecture", () => {
  for (
    const text of ['{"arch":"amd64"}', '{"aliases":"a"}', '{"aliases":"","arch":"a"}', "[]", ""]
  ) {
    assert.deepEqual(aliasKeysIn(text), [], text);
  }
});

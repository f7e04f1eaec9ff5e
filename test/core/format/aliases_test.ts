import assert from "node:assert/strict";
import { test } from "node:test";
import { aliasKey, defaultAliases, whyAliasUnusable } from "../../../core/format/aliases.ts";

const NAME = { os: "debian", release: "12", arch: "amd64", variant: "cloud" };

test("defaultAliases() returns os/release/variant", () => {
  assert.deepEqual(defaultAliases(NAME), ["debian/12/cloud"]);
});

test("defaultAliases() adds os/release for the variant default", () => {
  assert.deepEqual(
    defaultAliases({ ...NAME, variant: "default" }),
    ["debian/12/default", "debian/12"],
  );
});

test("defaultAliases() adds os/release for no other spelling of default", () => {
  assert.deepEqual(defaultAliases({ ...NAME, variant: "Default" }), ["debian/12/Default"]);
});

test("whyAliasUnusable() accepts an alias with spaces, dots and UTF-8", () => {
  assert.equal(whyAliasUnusable("Alma Linux/9.4/é"), undefined);
});

test("whyAliasUnusable() refuses a comma, at which clients split", () => {
  assert.match(whyAliasUnusable("a,b/1") ?? "", /comma/);
});

test("whyAliasUnusable() refuses a colon, which ends a remote's name", () => {
  assert.match(whyAliasUnusable("a:b/1") ?? "", /colon/);
});

test("aliasKey() tells architectures apart by what they are, not by how they are spelled", () => {
  assert.equal(aliasKey("amd64", "debian/12"), aliasKey("x86_64", "debian/12"));
  assert.notEqual(aliasKey("amd64", "debian/12"), aliasKey("arm64", "debian/12"));
  assert.notEqual(aliasKey("unknown", "debian/12"), aliasKey("other", "debian/12"));
});

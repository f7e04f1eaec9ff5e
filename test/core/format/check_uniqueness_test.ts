import assert from "node:assert/strict";
import { test } from "node:test";
import { checkProduct } from "../../../core/format/check_product.ts";
import { createUniquenessCheck } from "../../../core/format/check_uniqueness.ts";
import { container, digest, disk, product } from "../../support/published.ts";

type Items = Readonly<Record<string, unknown>>;

/** The codes of what two products have in common that share an alias: one's id is "a", the other's "b". */
function codesOf(first: Items, second: Items): readonly string[] {
  const check = createUniquenessCheck();
  const add = (id: string, items: Items) => {
    const value = { ...product(`${id}:1:amd64:x`, { "20240101": items }), aliases: "shared" };
    const at = { document: "streams/v1/images.json", id };
    return check.add(checkProduct(value, { ...at, now: new Date("2025-01-01") }), at);
  };
  assert.deepEqual(add("a", first), []);
  return add("b", second).map(({ code }) => code);
}

test("createUniquenessCheck() takes an alias for taken by an image of the same type and client", () => {
  assert.deepEqual(codesOf(container("a", digest("1")), container("b", digest("2"))), [
    "ALIAS_TAKEN",
  ]);
  assert.deepEqual(
    codesOf(disk("a", digest("1"), "incus"), {
      ...disk("b", digest("2"), "incus"),
      lxd: disk("b", digest("3"), "lxd").metadata,
    }),
    ["ALIAS_TAKEN"],
  );
});

test("createUniquenessCheck() lets a container and a VM share an alias", () => {
  assert.deepEqual(codesOf(container("a", digest("1")), disk("b", digest("2"), "incus")), []);
});

test("createUniquenessCheck() lets an image for Incus and one for LXD share an alias", () => {
  assert.deepEqual(
    codesOf(disk("a", digest("1"), "incus"), disk("b", digest("2"), "lxd")),
    [],
  );
});

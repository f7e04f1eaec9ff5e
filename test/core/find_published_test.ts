import assert from "node:assert/strict";
import { test } from "node:test";
import { findPublished } from "../../core/find_published.ts";
import { openPublishedCatalog } from "../../core/published_catalog.ts";
import { container, digest, foreignDocument, product } from "../support/published.ts";

const AMD = "debian:12:amd64:x";
const ARM = "debian:12:arm64:x";
const OLD = `abc1${digest("0").slice(4)}`;
const NEW = `abc2${digest("0").slice(4)}`;
const BYTES = foreignDocument({
  [AMD]: product(AMD, { "20240101": container("a", OLD), "20240102": container("b", NEW) }),
  [ARM]: product(ARM, { "20240101": container("c", digest("f")) }),
  "copy:12:amd64:x": {
    ...product("copy:12:amd64:x", { "20230101": container("d", digest("f")) }),
    aliases: "abc",
  },
});
const CATALOG = openPublishedCatalog(BYTES) ?? assert.fail();

const NAMES: readonly (readonly [string, string, readonly string[]])[] = [
  ["a product's id", AMD, [`${AMD}@20240102`, `${AMD}@20240101`]],
  ["a version", `${AMD}@20240101`, [`${AMD}@20240101`]],
  ["an alias of several architectures", "debian/12", [`${AMD}@20240102`, `${ARM}@20240101`]],
  ["an alias with its architecture", "debian/12/arm64", [`${ARM}@20240101`]],
  ["an alias that could be a fingerprint", "abc", ["copy:12:amd64:x@20230101"]],
  ["a fingerprint", OLD, [`${AMD}@20240101`]],
  ["the beginning of one", "abc2", [`${AMD}@20240102`]],
  ["one in upper case", "ABC2", [`${AMD}@20240102`]],
  ["one that two products have", "fff", ["copy:12:amd64:x@20230101", `${ARM}@20240101`]],
];
for (const [what, name, versions] of NAMES) {
  test(`findPublished() finds ${what}`, () => {
    const found = findPublished(CATALOG, name);
    assert.deepEqual(found.map(({ product, version }) => `${product}@${version}`), versions);
  });
}

for (const name of ["", "nothing", "debian", "debian:12", `${AMD}@2024`, "abc3", "f".repeat(65)]) {
  test(`findPublished() says what was looked for when nothing is called "${name}"`, () => {
    assert.throws(() => findPublished(CATALOG, name), {
      code: "NOT_FOUND",
      message: `Cannot find "${name}": no alias, fingerprint or product id is called so, ` +
        "expected one that simplestreams list shows",
    });
  });
}

test("findPublished() names the images that the beginning of a fingerprint fits", () => {
  const catalog = openPublishedCatalog(foreignDocument({
    [AMD]: product(AMD, { "20240101": container("a", OLD), "20240102": container("b", NEW) }),
  })) ?? assert.fail();
  assert.throws(() => findPublished(catalog, "abc"), {
    code: "USAGE",
    message: 'Cannot tell which image "abc" is: it fits 2 images, expected more of the ' +
      `fingerprint\n  abc200000000 ${AMD}@20240102\n  abc100000000 ${AMD}@20240101`,
  });
});

test("findPublished() refuses less than 3 digits of a fingerprint, even of only one", () => {
  assert.throws(() => findPublished(CATALOG, "ff"), {
    code: "USAGE",
    message: 'Cannot tell which image "ff" is: it has fewer than 3 digits, expected more of the ' +
      "fingerprint",
  });
});

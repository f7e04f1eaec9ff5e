import assert from "node:assert/strict";
import { test } from "node:test";
import { SimplestreamsError } from "../../core/errors.ts";
import {
  findUnknown,
  isLookedAt,
  leadsToSelected,
  parseSelection,
  selectsProduct,
} from "../../core/selection.ts";

const DEBIAN_12 = parseSelection(["debian:12"]);

test("parseSelection() sorts selectors and keeps each once", () => {
  const { selectors } = parseSelection(["b", "a:1", "b", "a"]);
  assert.deepEqual(selectors, ["a", "a:1", "b"]);
});

for (
  const [text, reason] of [
    ["", "one of its names is empty"],
    ["debian:", "one of its names is empty"],
    [":12", "one of its names is empty"],
    ["a:b:c:d:e", "it has 5 names"],
    ["a/b", `"/" separates folders`],
    ["debian:..", `names start with "."`],
    ["debian:.staging", `names start with "."`],
    ["a\nb", "a control character"],
    ["100%", `a "%"`],
    ["\ud800", "not UTF-8"],
  ] as const
) {
  test(`parseSelection() refuses ${JSON.stringify(text)} and says why`, () => {
    assert.throws(() => parseSelection(["debian", text]), (error) => {
      assert.ok(error instanceof SimplestreamsError);
      assert.equal(error.code, "USAGE");
      assert.ok(error.message.includes(reason), error.message);
      return true;
    });
  });
}

test("parseSelection() names the text that it refuses, without its control characters", () => {
  assert.throws(() => parseSelection(["debian:\u001b"]), {
    message: 'Cannot select products by "debian:\\x1b": a control character in a path breaks ' +
      'clients and logs, expected 1 to 4 names joined by ":", as in "debian:bookworm"',
  });
});

test("parseSelection() refuses a list of nothing, which is neither all nor a selection", () => {
  assert.throws(() => parseSelection([]), { code: "USAGE" });
});

test("selectsProduct() compares whole names", () => {
  assert.equal(selectsProduct(DEBIAN_12, "debian:12:amd64:default"), true);
  assert.equal(selectsProduct(DEBIAN_12, "debian:12.1:amd64:default"), false);
  assert.equal(selectsProduct(DEBIAN_12, "debian:1:amd64:default"), false);
  assert.equal(selectsProduct(DEBIAN_12, "other:debian:12:amd64"), false);
});

test("selectsProduct() takes a whole id, and ids that are longer than this tool's", () => {
  const selection = parseSelection(["debian:12:amd64:default"]);
  assert.equal(selectsProduct(selection, "debian:12:amd64:default"), true);
  assert.equal(selectsProduct(selection, "debian:12:amd64:cloud"), false);
  assert.equal(selectsProduct(DEBIAN_12, "debian:12:amd64:default:more"), true);
});

test("selectsProduct() takes no id whose names hold a slash", () => {
  assert.equal(selectsProduct(DEBIAN_12, "debian/12:amd64:default:x"), false);
});

test("leadsToSelected() tells the folders above, the selected one and all in it", () => {
  for (const folder of ["", "/debian", "/debian/12", "/debian/12/amd64/default/20240101"]) {
    assert.equal(leadsToSelected(DEBIAN_12, `images${folder}`), true, folder);
  }
  for (const folder of ["/debian/1", "/debian/120", "/alpine", "/alpine/12"]) {
    assert.equal(leadsToSelected(DEBIAN_12, `images${folder}`), false, folder);
  }
});

test("isLookedAt() tells settings files on the way from all else there", () => {
  for (const path of ["images", "images/.requirements", "images/debian/.lxd_requirements"]) {
    assert.equal(isLookedAt(DEBIAN_12, path), true, path);
  }
  for (const path of ["images/debian", "images/alpine/.requirements", "images/debian/11"]) {
    assert.equal(isLookedAt(DEBIAN_12, path), false, path);
  }
});

test("findUnknown() names each selector without a product, be another one's around it", () => {
  const selection = parseSelection(["debian", "debian:13", "alpine", "debian:12:amd64"]);
  const findings = findUnknown(selection, ["debian:12:amd64:default"]);
  assert.deepEqual(findings.map(({ code, severity, path }) => [code, severity, path]), [
    ["PRODUCT_UNKNOWN", "warning", "images/alpine"],
    ["PRODUCT_UNKNOWN", "warning", "images/debian/13"],
  ]);
});

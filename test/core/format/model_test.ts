import assert from "node:assert/strict";
import { test } from "node:test";
import { productId, productIdOfPath, productPath } from "../../../core/format/model.ts";

const NAME = { stream: "images", os: "Alma Linux", release: "9", arch: "arm64", variant: "cloud" };

test("productId() returns os:release:arch:variant", () => {
  assert.equal(productId(NAME), "Alma Linux:9:arm64:cloud");
});

test("productPath() returns stream/os/release/arch/variant", () => {
  assert.equal(productPath(NAME), "images/Alma Linux/9/arm64/cloud");
});

test("productIdOfPath() returns the id of the product whose folder a file lies in", () => {
  assert.equal(productIdOfPath(`${productPath(NAME)}/20240101/root.squashfs`), productId(NAME));
});

test("productIdOfPath() returns undefined for paths of another shape", () => {
  const paths = [
    "",
    "images",
    "images/a/b/c/d/20240101",
    "images/a/b/c/d/20240101/",
    "images/a/b/c/d/20240101/e/f",
    "images//b/c/d/20240101/e",
    "/images/a/b/c/d/20240101/e",
  ];
  assert.deepEqual(paths.map(productIdOfPath), paths.map(() => undefined));
});

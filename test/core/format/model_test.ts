import assert from "node:assert/strict";
import { test } from "node:test";
import { productId, productPath } from "../../../core/format/model.ts";

const NAME = { os: "Alma Linux", release: "9", arch: "arm64", variant: "cloud" };

test("productId() returns os:release:arch:variant", () => {
  assert.equal(productId(NAME), "Alma Linux:9:arm64:cloud");
});

test("productPath() returns images/os/release/arch/variant", () => {
  assert.equal(productPath(NAME), "images/Alma Linux/9/arm64/cloud");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePublishedProduct } from "../../../core/format/published_product.ts";

const [A, B, C] = ["a", "b", "c"].map((digit) => digit.repeat(64));

function version(name: string, deltas: Readonly<Record<string, unknown>> = {}) {
  const metadata = { ftype: "incus.tar.xz", path: `${name}/incus.tar.xz`, size: 10, sha256: A };
  const root = { ftype: "squashfs", path: `${name}/root.squashfs`, size: 990, sha256: B };
  const items = Object.entries(deltas).map(([key, base]) => [
    key,
    { ftype: "squashfs.vcdiff", path: `${name}/${key}`, size: 90, sha256: C, delta_base: base },
  ]);
  const fingerprint = name.padEnd(64, "0");
  return {
    items: {
      "incus.tar.xz": { ...metadata, combined_squashfs_sha256: fingerprint },
      "root.squashfs": root,
      ...Object.fromEntries(items),
    },
  };
}

function deltasOf(versions: Readonly<Record<string, unknown>>) {
  const product = parsePublishedProduct("a:b:c:d", JSON.stringify({ versions }));
  return product?.versions.map(({ images }) => images.map(({ delta }) => delta?.base));
}

test("parsePublishedProduct() tells what a client with the base downloads", () => {
  const versions = {
    "20240101": version("20240101"),
    "20240102": version("20240102", { d: "20240101" }),
  };
  const product = parsePublishedProduct("a:b:c:d", JSON.stringify({ versions }));
  assert.deepEqual(product?.versions.at(1)?.images.at(0)?.delta, {
    base: "20240101",
    size: 100,
    percent: 10,
    file: { ftype: "squashfs.vcdiff", path: "20240102/d", size: 90, sha256: C },
  });
  assert.equal("delta" in (product?.versions.at(0)?.images.at(0) ?? {}), false);
});

test("parsePublishedProduct() tells of no delta that clients cannot use", () => {
  for (const base of ["20231231", "20240103", "20240102", undefined, 7]) {
    assert.deepEqual(
      deltasOf({
        "20240101": version("20240101"),
        "20240102": version("20240102", { d: base }),
        "20240103": version("20240103"),
      }),
      [[undefined], [undefined], [undefined]],
    );
  }
});

test("parsePublishedProduct() tells of the delta from the newest base", () => {
  assert.deepEqual(
    deltasOf({
      "20240101": version("20240101"),
      "20240102": version("20240102"),
      "20240103": version("20240103", { c: "20240101", d: "20240102" }),
    }),
    [[undefined], [undefined], ["20240102"]],
  );
});

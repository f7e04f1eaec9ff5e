import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSelection } from "../../../core/selection.ts";
import { changedProducts, isWatched } from "../../../server/watch/changed_products.ts";

const VARIANT = "images/debian/12/amd64/default";
const VERSION = `${VARIANT}/20240101`;
const PRODUCT = "debian:12:amd64:default";

function folder(path: string) {
  return changedProducts({ kind: "folder", path });
}

function entry(folder: string, name: string) {
  return changedProducts({ kind: "entry", folder, name });
}

test("changedProducts() names the product when a version comes or goes", () => {
  assert.deepEqual(folder(VERSION), { selector: PRODUCT, folder: VERSION });
});

test("changedProducts() names the level when a folder above the versions comes or goes", () => {
  assert.deepEqual(folder(VARIANT), { selector: PRODUCT, folder: VARIANT });
  assert.deepEqual(folder("images/debian/12"), {
    selector: "debian:12",
    folder: "images/debian/12",
  });
});

test("changedProducts() names everything when images/ comes or goes", () => {
  assert.deepEqual(folder("images"), { selector: "", folder: "images" });
});

test("changedProducts() names the product when a file of a version changes", () => {
  assert.deepEqual(entry(VERSION, "disk.qcow2"), { selector: PRODUCT, folder: VERSION });
});

test("changedProducts() names the product when a version may have taken another's place", () => {
  assert.deepEqual(entry(VARIANT, "20240101"), { selector: PRODUCT, folder: VERSION });
});

test("changedProducts() names the level whose requirements change, which need not settle", () => {
  assert.deepEqual(entry(VARIANT, ".requirements"), { selector: PRODUCT });
  assert.deepEqual(entry("images/debian", ".lxd_requirements"), { selector: "debian" });
});

test("changedProducts() passes over requirements where none are read", () => {
  for (const place of ["", "images", VERSION]) {
    assert.equal(entry(place, ".requirements"), undefined);
  }
});

test('changedProducts() passes over names that start with "."', () => {
  assert.equal(entry(VERSION, ".items.json"), undefined);
  assert.equal(entry(VARIANT, ".import-1"), undefined);
  assert.equal(folder(`${VARIANT}/.import-1`), undefined);
  assert.equal(entry(`${VARIANT}/.import-1`, "disk.qcow2"), undefined);
});

test("changedProducts() passes over what is outside images/ and below versions", () => {
  for (const path of ["", "streams", "streams/v1", `${VERSION}/extra`]) {
    assert.equal(folder(path), undefined, path);
  }
  assert.equal(entry("streams/v1", "images.json"), undefined);
  assert.equal(entry("", "images"), undefined);
  assert.equal(entry(`${VERSION}/extra`, "disk.qcow2"), undefined);
});

test("changedProducts() passes over other names in the folders above products", () => {
  // Deno tells each change to all folders above it too.
  for (const place of ["images", "images/debian", "images/debian/12", "images/debian/12/amd64"]) {
    assert.equal(entry(place, "disk.qcow2"), undefined, place);
  }
});

test("changedProducts() names the level above a name that no product can have", () => {
  assert.equal(folder("images/debian/12:3/amd64/default/20240101")?.selector, "debian");
  assert.equal(folder("images/a%b/12/amd64/default/20240101")?.selector, "");
});

test("changedProducts() gives selectors that a run takes, whatever the names", () => {
  for (const name of ["a b", "ä", "-x", "a\nb", "..", "a\ufffdb", "x".repeat(300)]) {
    const change = folder(`images/${name}/12/amd64/default/20240101`);
    if (change !== undefined && change.selector !== "") parseSelection([change.selector]);
  }
});

test("isWatched() takes the root, images/ and what is below down to the versions", () => {
  for (const path of ["", "images", VARIANT, VERSION]) assert.equal(isWatched(path), true, path);
  for (const path of ["streams", "images/.x", `${VERSION}/a`, "../images", "images2"]) {
    assert.equal(isWatched(path), false, path);
  }
});

test("changedProducts() names products of every stream that is watched, and of no other folder", () => {
  const path = "daily/debian/12/amd64/default/20240101";
  const event = { kind: "folder", path } as const;
  assert.deepEqual(changedProducts(event, ["images", "daily"]), {
    selector: PRODUCT,
    folder: path,
  });
  assert.equal(changedProducts(event), undefined);
  assert.equal(isWatched(path, ["images", "daily"]), true);
});

test("changedProducts() takes image.yaml for settings of a level, and for a file of a version", () => {
  assert.deepEqual(entry("images/debian", "image.yaml"), { selector: "debian" });
  assert.deepEqual(entry(VERSION, "image.yaml"), { selector: PRODUCT, folder: VERSION });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { createFixedClock } from "../../../core/adapters/fixed_clock.ts";
import { MemoryTree, storageError } from "../../../core/adapters/memory.ts";
import { createSettlingTree } from "../../../server/watch/settling_tree.ts";

const VERSION = "images/debian/12/amd64/default/20240101";

function makeTree() {
  const tree = new MemoryTree(createFixedClock(new Date("2024-06-01T12:00:00Z")));
  tree.put(`/root/${VERSION}/disk.qcow2`, "disk");
  tree.put("/root/images/debian/12/amd64/cloud/20240101/disk.qcow2", "disk");
  tree.put("/root/images/alpine/3/amd64/default/20240101/disk.qcow2", "disk");
  return tree;
}

/** Returns whether a change shows in the sample of a folder. */
function shows(change: (tree: MemoryTree) => void, folder: string): boolean {
  const tree = makeTree();
  const { sampleFolder } = createSettlingTree(tree, "/root");
  const before = sampleFolder(folder);
  change(tree);
  return sampleFolder(folder) !== before;
}

test("sampleFolder() shows size, time and name of a version's files", () => {
  for (const folder of [VERSION, "images/debian/12/amd64/default", "images/debian", "images"]) {
    const file = `/root/${VERSION}/disk.qcow2`;
    assert.ok(shows((tree) => tree.put(file, "longer"), folder), folder);
    assert.ok(shows((tree) => tree.put(file, "disk", { mtimeMs: 1 }), folder), folder);
    assert.ok(shows((tree) => tree.rename(file, `${file}2`), folder), folder);
    assert.ok(shows((tree) => tree.removeFile(file), folder), folder);
  }
});

test("sampleFolder() shows an empty folder that came", () => {
  const change = (tree: MemoryTree) => tree.makeDirectory("/root/images/debian/12/amd64/new");
  assert.ok(shows(change, "images/debian"));
});

test('sampleFolder() shows no names that start with "." and nothing below versions', () => {
  const change = (tree: MemoryTree) => {
    tree.put(`/root/${VERSION}/.items.json`, "{}");
    tree.put(`/root/images/debian/12/.requirements`, "{}");
    tree.put(`/root/images/debian/12/amd64/default/.import-1/disk.qcow2`, "disk");
  };
  for (const folder of [VERSION, "images/debian"]) assert.ok(!shows(change, folder), folder);
  const tree = makeTree();
  tree.put(`/root/${VERSION}/extra/notes`, "");
  const { sampleFolder } = createSettlingTree(tree, "/root");
  const before = sampleFolder("images");
  tree.put(`/root/${VERSION}/extra/notes`, "longer");
  assert.equal(sampleFolder("images"), before);
});

test("sampleFolder() says nothing of a folder that is not there or cannot be read", () => {
  const { sampleFolder } = createSettlingTree(makeTree(), "/root");
  assert.equal(sampleFolder("images/none"), "");
  const denied = () => {
    throw storageError("denied", "read", "x");
  };
  assert.equal(createSettlingTree({ list: denied, stat: denied }, "/root").sampleFolder("x"), "");
});

test("productsBelow() gives the ids of the products of a level, whatever else is there", () => {
  const tree = makeTree();
  tree.put("/root/images/debian/12/amd64/.x/20240101/disk.qcow2", "");
  tree.put("/root/images/debian/12/amd64/file", "");
  tree.put("/root/images/debian/1:2/amd64/default/20240101/disk.qcow2", "");
  const { productsBelow } = createSettlingTree(tree, "/root");
  const debian = ["debian:12:amd64:cloud", "debian:12:amd64:default"];
  assert.deepEqual(productsBelow(""), ["alpine:3:amd64:default", ...debian]);
  assert.deepEqual(productsBelow("debian:12"), debian);
  assert.deepEqual(productsBelow("void"), []);
});

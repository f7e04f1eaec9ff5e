import assert from "node:assert/strict";
import { test } from "node:test";
import { levelFolders, parseLevel } from "../../../core/format/level.ts";

test("parseLevel() gives the folder of one to four names", () => {
  const names = ["Alma Linux", "9,x", "arm64", "é"];
  const folders = names.map((_, at) => parseLevel(names.slice(0, at + 1)).folder);
  assert.deepEqual(folders, [
    "images/Alma Linux",
    "images/Alma Linux/9,x",
    "images/Alma Linux/9,x/arm64",
    "images/Alma Linux/9,x/arm64/é",
  ]);
  assert.deepEqual(parseLevel(names).names, names);
});

test("parseLevel() finds nothing for names that no scanned folder can have", () => {
  const unusable = [
    ...["", ".", "..", ".simplestreams", "a/b", "/", "a:b", "100%", "%2e%2e"],
    ...["a\0", "a\n", "\u007f", "\ud800", "\ufffd", "a".repeat(256), "é".repeat(128)],
  ];
  for (const name of unusable) {
    const expected = { name: "SimplestreamsError", code: "NOT_FOUND" };
    assert.throws(() => parseLevel([name]), expected, JSON.stringify(name));
    assert.throws(() => parseLevel(["debian", name]), expected, JSON.stringify(name));
  }
  assert.equal(parseLevel(["a".repeat(255)]).names.length, 1);
});

test("parseLevel() sends no control character of a name to the terminal", () => {
  assert.throws(() => parseLevel(["\u001b[2J"]), ({ message }: Error) => {
    assert.equal(message.includes("\u001b"), false);
    return true;
  });
});

test("parseLevel() finds nothing for no names, and for more than four", () => {
  for (const names of [[], ["a", "b", "c", "d", "e"]]) {
    assert.throws(() => parseLevel(names), { code: "NOT_FOUND" });
  }
});

test("levelFolders() names the folders down to a level, the outermost first", () => {
  assert.deepEqual(levelFolders("images/a"), ["images/a"]);
  assert.deepEqual(levelFolders("images/a/b/c/d"), [
    "images/a",
    "images/a/b",
    "images/a/b/c",
    "images/a/b/c/d",
  ]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { linkTrail } from "../../core/link_trail.ts";

const LINKS: Readonly<Record<string, string>> = {
  "/r/b": "a",
  "/r/c": "/r/b/./file",
  "/r/a/d": "../c",
  "/r/circle": "circle",
  "/r/top": "../../../r/a",
};
const reader = { readLink: (path: string) => LINKS[path] };

test("linkTrail() passes folders, links and what they lead to, in their order", () => {
  assert.deepEqual(linkTrail(reader, "/r/a/file"), ["/r", "/r/a", "/r/a/file"]);
  assert.deepEqual(linkTrail(reader, "/r/b/d"), [
    ...["/r", "/r/b", "/r/a", "/r/a/d", "/r/c"],
    ...["/r", "/r/b", "/r/a", "/r/a/file"],
  ]);
  assert.deepEqual(linkTrail(reader, "/r/top/x").slice(-3), ["/r", "/r/a", "/r/a/x"]);
});

test("linkTrail() ends where links go in a circle", () => {
  assert.deepEqual([...new Set(linkTrail(reader, "/r/circle/x"))], ["/r", "/r/circle"]);
});

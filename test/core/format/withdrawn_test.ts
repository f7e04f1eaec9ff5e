import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "../../../core/errors.ts";
import { parseWithdrawn, withdrawnText } from "../../../core/format/withdrawn.ts";

const FILE = ".simplestreams/withdrawn.json";
const ENTRY = { inode: 7, mtime: 1000, path: "images/a/b", since: "2024-06-01T12:00:00.000Z" };

function textOf(entry: unknown, orphans: readonly unknown[] = []): string {
  return JSON.stringify({ orphans, withdrawn: [entry] });
}

test("withdrawnText() is sorted, a line an entry, and read back as it was", () => {
  const place = { inode: 7, mtimeMs: 1000 };
  const state = {
    withdrawn: [{ ...place, path: "images/b", since: null }, {
      ...place,
      path: 'images/a"',
      since: new Date("2024-06-01T12:00:00Z"),
    }],
    orphans: [],
  };
  const text = withdrawnText(state);
  assert.equal(
    text,
    '{"orphans":[],"withdrawn":[\n' +
      '{"inode":7,"mtime":1000,"path":"images/a\\"","since":"2024-06-01T12:00:00.000Z"},\n' +
      '{"inode":7,"mtime":1000,"path":"images/b","since":null}\n]}\n',
  );
  const { withdrawn } = parseWithdrawn(text, FILE);
  assert.deepEqual(withdrawn, state.withdrawn.toReversed());
});

test("parseWithdrawn() takes an inode of 64 bits, as it was written", () => {
  const place = { path: "images/a", inode: Number(2n ** 63n + 1n), mtimeMs: 1000, since: null };
  const { withdrawn } = parseWithdrawn(withdrawnText({ withdrawn: [place], orphans: [] }), FILE);
  assert.deepEqual(withdrawn, [place]);
});

for (
  const [what, text] of [
    ["nothing", ""],
    ["a text that was cut short", textOf(ENTRY).slice(0, -2)],
    ["a list", "[]"],
    ["an object without its lists", "{}"],
    ["a path out of the root", textOf({ ...ENTRY, path: "../etc/passwd" })],
    ["a path that climbs", textOf({ ...ENTRY, path: "images/../../etc" })],
    ["a path from the root of the disk", textOf({ ...ENTRY, path: "/etc/passwd" })],
    ["the folder of all images", textOf({ ...ENTRY, path: "images" })],
    ["the root", textOf({ ...ENTRY, path: "" })],
    ["an empty name", textOf({ ...ENTRY, path: "images//a" })],
    ["a slash at the end", textOf({ ...ENTRY, path: "images/" })],
    ["a requirements file", textOf({ ...ENTRY, path: "images/debian/.requirements" })],
    ["the documents", textOf({ ...ENTRY, path: "streams/v1" })],
    ["this tool's own folder", textOf({ ...ENTRY, path: ".simplestreams/snapshot" })],
    ["a zero byte", textOf({ ...ENTRY, path: "images/a\0b" })],
    ["a path that is a number", textOf({ ...ENTRY, path: 7 })],
    ["an inode that is a text", textOf({ ...ENTRY, inode: "7" })],
    ["a time stamp with a fraction", textOf({ ...ENTRY, mtime: 1.5 })],
    ["a time that is none", textOf({ ...ENTRY, since: "yesterday" })],
    ["a time in another form", textOf({ ...ENTRY, since: "2024-06-01" })],
    ["a time that is a number", textOf({ ...ENTRY, since: 0 })],
    ["an entry without a time", textOf({ inode: 7, mtime: 1000, path: "images/a" })],
    ["a field that is not known", textOf({ ...ENTRY, force: true })],
    ["a path twice", JSON.stringify({ orphans: [], withdrawn: [ENTRY, ENTRY] })],
    ["an orphan that is about to leave", textOf(ENTRY, [{ ...ENTRY, since: null }])],
    ["an entry that is null", textOf(null)],
  ] as const
) {
  test(`parseWithdrawn() refuses ${what} and names the file`, () => {
    assert.throws(
      () => parseWithdrawn(text, FILE),
      (error) => error instanceof FormatError && error.message.includes(`"${FILE}"`),
    );
  });
}

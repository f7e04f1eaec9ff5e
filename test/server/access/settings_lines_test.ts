import assert from "node:assert/strict";
import { test } from "node:test";
import { lineError, settingsLines } from "../../../server/access/settings_lines.ts";

test("settingsLines() passes over blank lines and comments, and counts them", () => {
  const text = "\ufefffirst\r\n\n  # a comment\n  second  \n#";
  assert.deepEqual(settingsLines(text), [
    { content: "first", line: 1 },
    { content: "second", line: 4 },
  ]);
});

test("lineError() names kind, file and line, without control characters", () => {
  const error = lineError("token file", { path: "a\nb", line: 3 }, "no token");
  assert.equal(error.message, 'Cannot read the token file "a\\x0ab" at line 3: no token');
  assert.deepEqual(error.where, { path: "a\nb", line: 3 });
});

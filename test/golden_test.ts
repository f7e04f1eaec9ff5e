import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { GOLDEN, goldenCases, makeGoldenFiles } from "./support/golden.ts";

for (const name of goldenCases()) {
  test(`the golden tree "${name}" gives what is kept beside it`, async () => {
    for (const [file, text] of await makeGoldenFiles(name)) {
      assert.equal(text, readFileSync(`${GOLDEN}/${name}/${file}`, "utf8"), file);
    }
  });
}

import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { whyNotSecret } from "../../server/secret_file.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";

test("whyNotSecret() objects to what everybody may read or write", (context) => {
  const path = join(makeTempDirectory(context), "key");
  writeFileSync(path, "");
  for (const mode of [0o400, 0o600, 0o640, 0o770]) {
    chmodSync(path, mode);
    assert.equal(whyNotSecret(path), undefined, mode.toString(8));
  }
  for (const mode of [0o604, 0o644, 0o602, 0o777]) {
    chmodSync(path, mode);
    assert.match(whyNotSecret(path) ?? "", /Everybody .*key".*chmod o=/);
  }
});

test("whyNotSecret() says nothing of a file that is not there", (context) => {
  assert.equal(whyNotSecret(join(makeTempDirectory(context), "key")), undefined);
});

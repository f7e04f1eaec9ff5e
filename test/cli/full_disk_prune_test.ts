import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { simplestreams, succeed } from "../support/command.ts";
import { CANNOT_MOUNT, mountTmpfs } from "../support/temp_directory.ts";
import { assertDigestsHold, assertFilesExist, writeVersion } from "../support/trees.ts";

const PRODUCT = "images/debian/12/amd64/default";

describe("simplestreams prune, on a disk without a free block", { skip: CANNOT_MOUNT }, () => {
  it("removes what is due, and so makes room for the rest", async (test) => {
    const { path: root, inside, run } = await mountTmpfs(test, { sizeKib: 1024 });
    const call = (...words: readonly string[]) =>
      succeed([...words, "-N", "--quiet", inside.path], { through: inside.through });
    for (const day of ["01", "02", "03"]) {
      writeVersion(root, `debian/12/amd64/default/202401${day}`);
    }
    await call();
    await call("prune", "--keep", "2");
    await run("cat /dev/zero > filler 2> /dev/null; true");
    assert.ok(existsSync(join(root, ".simplestreams/snapshot")));
    await call("prune", "--keep", "2", "--grace", "0s");
    assert.deepEqual(readdirSync(join(root, PRODUCT)).sort(), ["20240102", "20240103"]);
    assertFilesExist(root);
    await call();
    await assertDigestsHold(root);
  });

  it("says so when there is nothing that it could do without", async (test) => {
    const { path: root, run } = await mountTmpfs(test, { sizeKib: 256 });
    writeVersion(root, "debian/12/amd64/default/20240101");
    await succeed(["-N", "--quiet", root]);
    await run("rm .simplestreams/snapshot; cat /dev/zero > filler 2> /dev/null; true");
    const { status, stderr } = await simplestreams(["prune", "-N", "--keep", "1", root]);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^error: Cannot take the lock ".*": the disk is full, expected free space/,
    );
    await run("rm filler");
    await succeed(["prune", "-N", "--keep", "1", root]);
  });
});

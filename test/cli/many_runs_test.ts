import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Finished, simplestreams, succeed } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import {
  assertDigestsHold,
  assertFilesExist,
  INDEX,
  itemsOf,
  readDocument,
  readProducts,
  SOURCE_FOLDER,
  writeSampleTree,
  writeSource,
  writeVersion,
} from "../support/trees.ts";

describe("Many writing runs at once", () => {
  it("end with 0 or 4, and leave whole documents", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    const expected = await succeed([root]);
    for (let round = 0; round < 5; round++) {
      rmSync(join(root, "streams"), { recursive: true, force: true });
      const ended = await Promise.all([1, 2, 3].map(() => simplestreams(["-N", root])));
      assertEnds(ended, [0, 4]);
      assert.ok(ended.some(({ status }) => status === 0));
      assert.equal(readDocument(root), expected);
      assertFilesExist(root);
    }
  });

  it("all end with 0 when they wait, twenty of them", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    const runs = Array.from({ length: 20 }, (_, number) => {
      // Every other one has something new to publish.
      if (number % 2 === 0) writeVersion(root, `debian/13/amd64/default/202402${10 + number}`);
      return simplestreams(["-N", "--wait", "60", root]);
    });
    assertEnds(await Promise.all(runs), [0]);
    await assertDigestsHold(root);
    assert.equal(readDocument(root), await succeed([root]));
    const left = readdirSync(join(root, ".simplestreams"));
    assert.equal(left.filter((name) => name.startsWith("lock.")).length, 1, left.join(" "));
  });

  it("import all of their images when they wait", async (test) => {
    const root = makeTempDirectory(test);
    const days = Array.from({ length: 8 }, (_, day) => day);
    const ended = await Promise.all(days.map(async (day) => {
      const source = makeTempDirectory(test);
      await writeSource(source, { fields: { creation_date: String(1704164640 + day * 86400) } });
      return await simplestreams(["-N", "--wait", "60", "-i", source, root]);
    }));
    assertEnds(ended, [0]);
    await succeed(["-N", root]);
    const versions = readProducts(root).products["debian:12:amd64:default"]?.versions ?? {};
    assert.equal(Object.keys(versions).length, days.length);
  });

  it("import one version once", async (test) => {
    const root = makeTempDirectory(test);
    const sources = await Promise.all([1, 2, 3, 4].map(async () => {
      const source = makeTempDirectory(test);
      await writeSource(source);
      return source;
    }));
    const ended = await Promise.all(
      sources.map((source) => simplestreams(["-N", "--wait", "60", "-i", source, root])),
    );
    const statuses = ended.map(({ status }) => status);
    assert.deepEqual([...statuses].sort(), [0, 1, 1, 1]);
    sources.forEach((source, index) => {
      assert.equal(readdirSync(source).length, statuses[index] === 0 ? 0 : 2);
    });
    await succeed(["-N", root]);
    assert.ok(existsSync(join(root, INDEX)));
    assert.equal(
      Object.keys(itemsOf(readProducts(root), SOURCE_FOLDER))
        .length,
      3,
    );
  });
});

function assertEnds(ended: readonly Finished[], statuses: readonly number[]): void {
  for (const { status, stderr } of ended) {
    assert.ok(status !== null && statuses.includes(status), `${status}: ${stderr}`);
  }
}

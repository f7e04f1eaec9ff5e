import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { succeed } from "../support/command.ts";
import { startServer } from "../support/server_process.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import { assertFilesExist, readProducts, writeVersion } from "../support/trees.ts";
import { ask } from "./support/ask.ts";

const PRODUCT = "debian/12/amd64/default";
const ID = "debian:12:amd64:default";
const VERSIONS = ["20240101", "20240102", "20240103"];

async function startPublished(test: TestContext) {
  const root = makeTempDirectory(test);
  for (const version of VERSIONS) writeVersion(root, `${PRODUCT}/${version}`);
  await succeed(["-N", root]);
  const server = await startServer(test, [root]);
  const call = async (path: string, method: string) => {
    const { status, text } = await ask(`${server.url}/api/v1${path}`, { method });
    return { status, body: JSON.parse(text) };
  };
  return {
    root,
    server,
    call,
    names: () => Object.keys(readProducts(root).products[ID]?.versions ?? {}),
  };
}

describe("What withdraws over the API", { concurrency: 2, timeout: 60_000 }, () => {
  it("prunes in a thread, and a later call removes what has been out", async (test) => {
    const { root, server, call, names } = await startPublished(test);
    const first = await call("/prune?keep=1&grace=1s", "POST");
    assert.equal(first.status, 200);
    assert.equal(first.body.withdraw.length, 2);
    assert.deepEqual(names(), ["20240103"]);
    // Files stay there for those who hold the old document
    const old = await ask(`${server.url}/images/${PRODUCT}/20240101/root.tar.xz`);
    assert.equal(old.status, 200);
    const folder = join(root, "images", PRODUCT, "20240101");
    for (let call = 0; existsSync(folder) && call < 50; call++) {
      await ask(`${server.url}/api/v1/prune?grace=1s`, { method: "POST" });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.ok(!existsSync(folder));
    await ask(`${server.url}/api/v1/reindex`, { method: "POST" });
    assert.deepEqual(names(), ["20240103"]);
    assertFilesExist(root);
  });

  it("loses nothing when it is asked for many times at once, and index runs with it", async (test) => {
    const { root, call, names } = await startPublished(test);
    const answers = await Promise.all([
      call("/prune?keep=2", "POST"),
      call("/reindex", "POST"),
      call(`/images/${ID}@20240102`, "DELETE"),
      call("/prune?keep=2", "POST"),
      call("/reindex", "POST"),
    ]);
    assert.deepEqual(answers.map(({ status }) => status), [200, 200, 200, 200, 200]);
    assert.equal(names().at(-1), "20240103");
    assert.ok(!names().includes("20240102"));
    assertFilesExist(root);
    for (const version of VERSIONS) {
      assert.ok(existsSync(join(root, "images", PRODUCT, version, "root.tar.xz")), version);
    }
  });
});

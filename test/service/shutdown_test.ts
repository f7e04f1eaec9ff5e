import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { succeed, until } from "../support/command.ts";
import { startServer } from "../support/server_process.ts";
import { assertFilesExist, readDocument } from "../support/trees.ts";
import { ask, begin } from "./support/ask.ts";
import { publishedTree, SMALL, writeBigVersion, writeDownload } from "./support/big_tree.ts";
import { hasOpen } from "./support/process_files.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const BIG = "debian/12/amd64/default/20240109_00:00";
const SIGNALS = [["SIGTERM", 143], ["SIGINT", 130]] as const;

describe("A server that is told to stop", { concurrency: 2, timeout: 60_000 }, () => {
  for (const [signal] of SIGNALS) {
    it(`exits with 0 at once on ${signal} when nothing is under way`, async (test) => {
      const server = await startServer(test, [await publishedTree(test)]);
      await ask(`${server.url}/${SMALL}`);
      const started = performance.now();
      server.signal(signal);
      const { status, stderr } = await server.finished;
      assert.equal(status, 0, stderr);
      assert.ok(performance.now() - started < 5000);
      const said = server.log().slice(-2).map(({ message }) => message);
      assert.deepEqual(said, [`${signal}: stopping`, "stopped"]);
    });
  }

  it("sends a slow reader all of its file, takes nobody new, and exits with 0", async (test) => {
    const root = await publishedTree(test);
    const sizeBytes = 64 * MIB;
    const path = writeDownload(root, sizeBytes);
    const server = await startServer(test, [root]);
    const answer = await begin(`${server.url}/${path}`);
    assert.equal(answer.headers["content-length"], String(sizeBytes));
    server.signal("SIGTERM");
    await until(
      "nobody new is let in",
      () => ask(`${server.url}/healthz`).then(() => false, () => true),
    );
    let received = 0;
    for await (const piece of answer) {
      received += piece.length;
      // Slower than the server, and over a second in all
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.equal(received, sizeBytes);
    const { status, stderr } = await server.finished;
    assert.equal(status, 0, stderr);
  });

  for (const prefer of ["wait", "respond-async"]) {
    it(`finishes a reindex of big files (${prefer}), and exits with 0`, async (test) => {
      const root = await publishedTree(test);
      const server = await startServer(test, [root]);
      const path = writeBigVersion(root, BIG, 2 * GIB);
      const options = { method: "POST", headers: { Prefer: prefer } };
      const answer = ask(`${server.url}/api/v1/reindex`, options);
      await until("it digests", () => hasOpen(server.pid, root, path));
      const { status, stderr } = await server.stop();
      assert.equal(status, 0, stderr);
      assert.equal((await answer).status, prefer === "wait" ? 200 : 202);
      assert.ok(readDocument(root).includes(path));
      assertFilesExist(root);
      // Without patience: nobody holds the lock.
      await succeed(["-N", root]);
    });
  }

  for (const [signal, expected] of SIGNALS) {
    it(`ends with ${expected} at once on a second ${signal}, documents as they were`, async (test) => {
      const root = await publishedTree(test);
      const server = await startServer(test, [root]);
      const before = readDocument(root);
      const path = writeBigVersion(root, BIG, 16 * GIB);
      const answer = ask(`${server.url}/api/v1/reindex`, { method: "POST" }).catch(() => {});
      await until("it digests", () => hasOpen(server.pid, root, path));
      server.signal(signal);
      await until(
        "it stops",
        () => server.log().some(({ message }) => message === `${signal}: stopping`),
      );
      const started = performance.now();
      server.signal(signal);
      const { status } = await server.finished;
      assert.ok(performance.now() - started < 5000);
      assert.equal(status, expected);
      await answer;
      assert.equal(readDocument(root), before);
      assertFilesExist(root);
    });
  }
});

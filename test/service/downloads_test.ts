import assert from "node:assert/strict";
import { Agent } from "node:http";
import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { run, until } from "../support/command.ts";
import { startServer } from "../support/server_process.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import { IMAGES, sha256sum } from "../support/trees.ts";
import { ask, begin } from "./support/ask.ts";
import { publishedTree, SMALL, writeDownload } from "./support/big_tree.ts";
import { filesOpenBelow, openSockets } from "./support/process_files.ts";

const GIB = 2 ** 30;

describe("A download over a socket", { concurrency: 2, timeout: 60_000 }, () => {
  it("brings the file, a part of it, or word that it is the same", async (test) => {
    const root = await publishedTree(test);
    const { url } = await startServer(test, [root]);
    const file = `${url}/${SMALL}`;
    const whole = await ask(file);
    assert.equal(whole.status, 200);
    assert.deepEqual(whole.body, readFileSync(join(root, SMALL)));
    const { etag = "", "last-modified": date = "" } = whole.headers;
    const text = whole.text;
    const cases = [
      [{ Range: "bytes=2-4" }, 206, text.slice(2, 5)],
      [{ Range: "bytes=-3" }, 206, text.slice(-3)],
      [{ Range: `bytes=${text.length}-` }, 416, ""],
      [{ Range: "bytes=2-4", "If-Range": etag }, 206, text.slice(2, 5)],
      [{ Range: "bytes=2-4", "If-Range": '"other"' }, 200, text],
      [{ "If-None-Match": etag }, 304, ""],
      [{ "If-None-Match": '"other"' }, 200, text],
      [{ "If-Modified-Since": date }, 304, ""],
    ] as const;
    // One connection for all: an answer that says a wrong length would spoil those that follow.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    test.after(() => agent.destroy());
    for (const [headers, status, body] of cases) {
      const answer = await ask(file, { headers, agent });
      assert.deepEqual([answer.status, answer.text], [status, body], JSON.stringify(headers));
    }
    const head = await ask(file, { method: "HEAD", agent });
    assert.deepEqual([head.headers["content-length"], head.text], [String(text.length), ""]);
  });

  it("is gone on with by curl -C -", async (test) => {
    const root = await publishedTree(test);
    const path = writeDownload(root, 0);
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
    writeFileSync(join(root, path), bytes);
    const { url } = await startServer(test, [root]);
    const target = join(makeTempDirectory(test), "target");
    await run(["curl", "-sSf", "-o", target, `${url}/${path}`]);
    truncateSync(target, 100_001);
    const sent = await run([
      ...["curl", "-sSf", "-C", "-", "-o", target],
      ...["-w", "%{http_code} %{size_download}", `${url}/${path}`],
    ]);
    assert.equal(sent, "206 199999");
    assert.equal(await sha256sum(target), await sha256sum(join(root, path)));
  });

  it("of a document is gzipped for who takes it, under another tag", async (test) => {
    const root = await publishedTree(test);
    const { url } = await startServer(test, [root]);
    const plain = await ask(`${url}/${IMAGES}`);
    assert.equal(plain.text, readFileSync(join(root, IMAGES), "utf8"));
    const packed = await ask(`${url}/${IMAGES}`, { headers: { "Accept-Encoding": "gzip" } });
    assert.equal(packed.headers["content-encoding"], "gzip");
    assert.notEqual(packed.headers.etag, plain.headers.etag);
    const unpacked = await run(["curl", "-sSf", "--compressed", `${url}/${IMAGES}`]);
    assert.equal(unpacked, plain.text);
  });

  it("frees its file and its connection when the client goes away", async (test) => {
    const root = await publishedTree(test);
    const path = writeDownload(root, 4 * GIB);
    const { url, pid } = await startServer(test, [root]);
    await ask(`${url}/${SMALL}`);
    await until("nothing is open", () => filesOpenBelow(pid, root).length === 0);
    const before = openSockets(pid);
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => begin(`${url}/${path}`)),
      );
      await until("20 files are open", () => filesOpenBelow(pid, root).length === 20);
      const started = performance.now();
      for (const answer of answers) answer.destroy();
      await until("no file is open", () => filesOpenBelow(pid, root).length === 0);
      // Sooner than the runtime's garbage collection would come round to it
      assert.ok(performance.now() - started < 10_000);
    }
    await until("no connection is open", () => openSockets(pid) <= before);
  });

  it("logs what went out, and 200, when the client goes away", async (test) => {
    const root = await publishedTree(test);
    const path = writeDownload(root, 4 * GIB);
    const server = await startServer(test, [root]);
    (await begin(`${server.url}/${path}`)).destroy();
    const logged = () => server.log().find((line) => line.path === `/${path}`);
    await until("it is in the log", () => logged() !== undefined);
    assert.equal(logged()?.status, 200);
    assert.ok((logged()?.bytes ?? Infinity) < statSync(join(root, path)).size);
  });

  it("of a file that shrinks on its way ends the connection, and the server goes on", async (test) => {
    const root = await publishedTree(test);
    const path = writeDownload(root, 64 * 2 ** 20);
    const server = await startServer(test, [root]);
    const answer = await begin(`${server.url}/${path}`);
    truncateSync(join(root, path), 2 ** 20);
    await assert.rejects(async () => {
      for await (const _ of answer);
    }, { code: "ECONNRESET" });
    assert.equal((await ask(`${server.url}/${SMALL}`)).status, 200);
    const complaint = /Cannot send the rest of "images\/download\/big\.img": the file ends after/;
    await until(
      "the log tells",
      () => server.log().some(({ message = "" }) => complaint.test(message)),
    );
  });
});

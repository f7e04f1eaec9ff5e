import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLocker } from "../../core/adapters/lock.ts";
import { until } from "../support/command.ts";
import { startServer } from "../support/server_process.ts";
import { ask } from "./support/ask.ts";
import { publishedTree, SMALL, writeDownload } from "./support/big_tree.ts";
import { filesOpenBelow } from "./support/process_files.ts";
import { openRaw, type RawSocket } from "./support/raw_socket.ts";

const GIB = 2 ** 30;
const HEAD = "GET /streams/v1/index.json HTTP/1.1\r\nHost: localhost\r\nX-Slow: ";

// Nearly all of this is waiting, so all of it happens at the same time.
describe("A client that keeps the server waiting", { concurrency: true, timeout: 80_000 }, () => {
  it("is cut off after 30 s when it sends its headers one byte a second", async (test) => {
    const { port } = await startServer(test, [await publishedTree(test)]);
    const slow = await openRaw(test, port);
    trickle(slow, `${HEAD}${"a".repeat(100)}\r\n\r\n`);
    assertCutOff(await slow.closed);
    assert.doesNotMatch(slow.received(), /^HTTP\/1\.1 200/);
  });

  it("is cut off after 30 s when it sends nothing at all", async (test) => {
    const { port } = await startServer(test, [await publishedTree(test)]);
    assertCutOff(await (await openRaw(test, port)).closed);
  });

  it("does not stop others when it reads nothing", async (test) => {
    const root = await publishedTree(test);
    const path = writeDownload(root, GIB);
    const { url, port, pid } = await startServer(test, [root]);
    for (let count = 0; count < 50; count++) {
      const { socket } = await openRaw(test, port);
      socket.pause();
      socket.write(`GET /${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    }
    await until("50 files are open", () => filesOpenBelow(pid, root).length === 50);
    for (let count = 0; count < 20; count++) {
      const started = performance.now();
      assert.equal((await ask(`${url}/${SMALL}`)).status, 200);
      assert.ok(performance.now() - started < 5000);
    }
  });

  it("is cut off 30 s after a signal when it never reads, and the server exits with 0", async (test) => {
    const root = await publishedTree(test);
    const server = await startServer(test, [root]);
    const { socket } = await openRaw(test, server.port);
    socket.pause();
    socket.write(`GET /${writeDownload(root, GIB)} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await until("its file is open", () => filesOpenBelow(server.pid, root).length === 1);
    const started = performance.now();
    const { status, stderr } = await server.stop();
    assert.equal(status, 0, stderr);
    assertCutOff(performance.now() - started);
  });

  it("does not hold a server that stops when it has asked for nothing", async (test) => {
    const server = await startServer(test, [await publishedTree(test)]);
    await openRaw(test, server.port);
    await until("it is accepted", async () => (await ask(`${server.url}/healthz`)).status === 200);
    const started = performance.now();
    assert.equal((await server.stop()).status, 0);
    assert.ok(performance.now() - started < 5000);
  });

  it("does not hold a server that stops by a half-sent request", async (test) => {
    const server = await startServer(test, [await publishedTree(test)]);
    const { socket } = await openRaw(test, server.port);
    socket.write(HEAD);
    await until(
      "the server has it",
      async () => (await ask(`${server.url}/healthz`)).status === 200,
    );
    const started = performance.now();
    assert.equal((await server.stop()).status, 0);
    assert.ok(performance.now() - started < 5000);
  });

  it("is let go after 30 s when its reindex waits for another program's lock", async (test) => {
    const root = await publishedTree(test);
    const locker = createLocker();
    const lock = await locker.acquire(root, { waitMs: 0 });
    const server = await startServer(test, [root]);
    const headers = { Prefer: "respond-async" };
    const accepted = await ask(`${server.url}/api/v1/reindex`, { method: "POST", headers });
    assert.equal(accepted.status, 202);
    const started = performance.now();
    const { status } = await server.stop();
    assert.equal(status, 0);
    assertCutOff(performance.now() - started);
    await assert.rejects(locker.acquire(root, { waitMs: 0 }), { code: "LOCKED" });
    lock.release();
    (await locker.acquire(root, { waitMs: 0 })).release();
  });
});

/** Sends a text a byte a second until the connection ends. */
function trickle({ socket, closed }: RawSocket, text: string): void {
  socket.write(text.slice(0, 1));
  let sent = 1;
  const timer = setInterval(() => socket.write(text[sent++] ?? " "), 1000);
  void closed.then(() => clearInterval(timer));
}

function assertCutOff(ms: number): void {
  assert.ok(ms > 29_000 && ms < 36_000, `after ${Math.round(ms)} ms`);
}

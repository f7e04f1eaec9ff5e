import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { Hono } from "hono";
import type { ServerEnvironment } from "../../../server/environment.ts";
import { run, until } from "../../support/command.ts";
import { sha256sum, writeFiles } from "../../support/trees.ts";
import { ask, listen, makeStage, openFilesIn } from "./stage.ts";

/** More than all buffers between two programs on one machine hold. */
const BIG = Buffer.alloc(24 * 1024 * 1024, "an image of many bytes ");
const LONG = Buffer.from(JSON.stringify(Array.from({ length: 700_000 }, (_, index) => index)));

test("a download is the file, byte for byte, and leaves nothing open", async (t) => {
  const { app, root, directory } = makeStage(t, { "images/big": BIG });
  const { status, headers, body } = await ask(await listen(t, app), "/images/big");
  assert.equal(status, 200);
  assert.equal(headers["content-length"], String(BIG.length));
  assert.equal(headers["transfer-encoding"], undefined);
  writeFileSync(join(directory, "received"), body);
  assert.equal(await sha256sum(join(directory, "received")), await sha256sum(`${root}/images/big`));
  assert.deepEqual(openFilesIn(root), []);
});

test("every part of a file is what slicing gives", async (t) => {
  const bytes = Buffer.from(Uint8Array.from({ length: 1000 }, (_, index) => index % 251));
  const { app } = makeStage(t, { "images/file": bytes, "streams/file.json": bytes });
  const port = await listen(t, app);
  const path = fc.constantFrom("/images/file", "/streams/file.json");
  const place = fc.nat({ max: 1100 });
  await fc.assert(
    fc.asyncProperty(path, place, place, async (path, first, last) => {
      const headers = { Range: `bytes=${first}-${last}` };
      const { status, headers: received, body } = await ask(port, path, { headers });
      const expected = last < first ? 200 : first >= bytes.length ? 416 : 206;
      assert.equal(status, expected);
      const part = expected === 206 ? bytes.subarray(first, last + 1) : bytes;
      assert.ok(body.equals(expected === 416 ? Buffer.alloc(0) : part));
      assert.equal(received["content-length"], String(body.length));
    }),
    { numRuns: 150 },
  );
});

test("a client that goes away in the middle frees its file at once", async (t) => {
  const { app, root, troubles } = makeStage(t, { "images/big": BIG, "streams/long.json": LONG });
  const port = await listen(t, app);
  for (const path of ["/images/big", "/streams/long.json"]) {
    for (let round = 0; round < 5; round++) {
      const incoming = await startDownload(port, path);
      await until("the file is open", () => openFilesIn(root).length === 1);
      incoming.destroy();
      await until("the file is closed", () => openFilesIn(root).length === 0);
    }
  }
  assert.deepEqual(troubles, []);
});

test("clients that go away without waiting for an answer leave nothing open", async (t) => {
  const { app, root } = makeStage(t, { "images/big": BIG, "streams/long.json": LONG });
  const port = await listen(t, app);
  for (let round = 0; round < 60; round++) {
    const path = round % 2 === 0 ? "/images/big" : "/streams/long.json";
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a.example\r\n\r\n`);
      setTimeout(() => socket.destroy(), round % 7);
    });
    socket.on("error", () => {});
  }
  assert.equal((await ask(port, "/images/big", { headers: { Range: "bytes=0-0" } })).status, 206);
  await until("all files are closed", () => openFilesIn(root).length === 0);
});

test("answers without a body leave nothing open", async (t) => {
  const { app, root } = makeStage(t, { "images/big": BIG, "streams/long.json": LONG });
  const port = await listen(t, app);
  for (const path of ["/images/big", "/streams/long.json"]) {
    const { headers } = await ask(port, path, { method: "HEAD" });
    assert.equal(headers["content-length"], String((path === "/images/big" ? BIG : LONG).length));
    const known = { "If-None-Match": headers.etag ?? "" };
    assert.equal((await ask(port, path, { headers: known })).status, 304);
    assert.equal((await ask(port, path, { headers: { Range: "bytes=99999999-" } })).status, 416);
    assert.deepEqual(openFilesIn(root), []);
  }
});

test("a file that is replaced while it is sent goes out as it was", async (t) => {
  const { app, root } = makeStage(t, { "images/big": BIG });
  const port = await listen(t, app);
  const incoming = await startDownload(port, "/images/big");
  writeFiles(root, { "images/next": "next" });
  renameSync(`${root}/images/next`, `${root}/images/big`);
  const pieces: Uint8Array[] = [];
  for await (const piece of incoming) pieces.push(piece);
  assert.ok(Buffer.concat(pieces).equals(BIG));
  assert.equal((await ask(port, "/images/big")).body.toString(), "next");
});

test("a file that is cut while it is sent breaks the connection and is told", async (t) => {
  const { app, root, troubles } = makeStage(t, { "images/big": BIG });
  const port = await listen(t, app);
  const incoming = await startDownload(port, "/images/big");
  truncateSync(`${root}/images/big`, 1000);
  await assert.rejects(async () => {
    for await (const _piece of incoming);
  }, { code: "ECONNRESET" });
  assert.equal(troubles.length, 1);
  assert.match(troubles[0] ?? "", /^Cannot send the rest of "images\/big": the file ends after/);
  assert.deepEqual(openFilesIn(root), []);
  assert.equal((await ask(port, "/images/big")).body.length, 1000);
});

test("a document replaced many times is always whole, and under the tag of its bytes", async (t) => {
  const { app, root } = makeStage(t, { "streams/v1/images.json": '"0"' });
  const port = await listen(t, app);
  const tags = new Map<string, string>();
  for (let round = 1; round < 100; round++) {
    const headers = { "Accept-Encoding": round % 2 === 0 ? "gzip" : "identity" };
    const asked = [1, 2, 3].map(() => ask(port, "/streams/v1/images.json", { headers }));
    writeFiles(root, { "streams/v1/next": JSON.stringify("x".repeat(round)) });
    renameSync(`${root}/streams/v1/next`, `${root}/streams/v1/images.json`);
    for (const { status, headers, body } of await Promise.all(asked)) {
      assert.equal(status, 200);
      const isPacked = headers["content-encoding"] === "gzip";
      const text = (isPacked ? gunzipSync(body) : body).toString();
      JSON.parse(text);
      const etag = (headers.etag ?? "").replace("-gzip", "");
      assert.equal(tags.get(etag) ?? text, text);
      tags.set(etag, text);
    }
  }
  assert.ok(tags.size > 10);
});

test("a long document goes out plain from disk and packed from memory", async (t) => {
  const { app, root } = makeStage(t, { "streams/long.json": LONG });
  const port = await listen(t, app);
  const sha256 = await sha256sum(`${root}/streams/long.json`);
  const plain = await ask(port, "/streams/long.json");
  assert.ok(plain.body.equals(LONG));
  assert.equal(plain.headers.etag, `"${sha256}"`);
  const packed = await ask(port, "/streams/long.json", { headers: { "Accept-Encoding": "gzip" } });
  assert.equal(packed.headers["content-length"], String(packed.body.length));
  assert.equal(packed.headers.etag, `"${sha256}-gzip"`);
  assert.ok(gunzipSync(packed.body).equals(LONG));
});

const skip = spawnSync("curl", ["--version"]).status === 0 ? false : "needs curl";
test("curl goes on with a download that was broken off", { skip }, async (t) => {
  const { app, directory } = makeStage(t, { "images/big": BIG, "streams/long.json": LONG });
  const port = await listen(t, app);
  for (const [path, bytes] of [["images/big", BIG], ["streams/long.json", LONG]] as const) {
    const target = join(directory, "received");
    writeFileSync(target, bytes.subarray(0, 1_234_567));
    await run(["curl", "-sf", "-C", "-", "-o", target, `http://127.0.0.1:${port}/${path}`]);
    assert.ok(readFileSync(target).equals(bytes));
  }
});

test("a connection goes on with the next request after each kind of answer", async (t) => {
  const { app } = makeStage(t, { "images/file": "0123456789", "streams/v1/index.json": "{}" });
  const port = await listen(t, app);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const requests = [
    ["/images/file", "GET", {}, 200],
    ["/images/file", "HEAD", {}, 200],
    ["/images/file", "GET", { Range: "bytes=3-4" }, 206],
    ["/images/file", "GET", { Range: "bytes=30-" }, 416],
    ["/images/file", "GET", { "If-None-Match": "*" }, 304],
    ["/images/none", "GET", {}, 404],
    ["/images/file", "DELETE", {}, 405],
    ["/streams/v1/index.json", "HEAD", {}, 200],
    ["/streams/v1/index.json", "GET", { "If-None-Match": "*" }, 304],
    ["/streams/v1/index.json", "GET", {}, 200],
  ] as const;
  const ports = new Set<number | undefined>();
  for (const [path, method, headers, expected] of requests) {
    const { status, localPort } = await ask(port, path, { method, headers, agent });
    assert.equal(status, expected);
    ports.add(localPort);
  }
  assert.equal(ports.size, 1);
});

test("an answer that is replaced on its way out leaves nothing open", async (t) => {
  const { app, root } = makeStage(t, { "images/big": BIG });
  const outer = new Hono<ServerEnvironment>();
  const replaced: Response[] = [];
  outer.use(async (c, next) => {
    await next();
    // Held, or else whoever collects the garbage closes the file.
    replaced.push(c.res);
    // Or else the new answer gets the headers of the old one.
    c.res = undefined;
    c.res = new Response("something else");
  });
  outer.route("/", app);
  const port = await listen(t, outer);
  assert.equal((await ask(port, "/images/big")).body.toString(), "something else");
  await until("the file is closed", () => openFilesIn(root).length === 0);
  assert.equal(replaced.length, 1);
});

/** Asks for a file and reads no more than the head of the answer. */
function startDownload(port: number, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, path, agent: false }, (incoming) => {
      incoming.on("error", () => {});
      resolve(incoming);
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

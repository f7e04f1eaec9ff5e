import assert from "node:assert/strict";
import { copyFileSync, readFileSync, statSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import { describe, it } from "node:test";
import { connect } from "node:tls";
import { until } from "../support/command.ts";
import { startServer } from "../support/server_process.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import { ask } from "./support/ask.ts";
import { publishedTree, SMALL, writeDownload } from "./support/big_tree.ts";
import { makeCertificate } from "./support/certificates.ts";
import { filesOpenBelow } from "./support/process_files.ts";
import { openRaw } from "./support/raw_socket.ts";

describe("https", { concurrency: 2, timeout: 60_000 }, () => {
  it("takes up a changed certificate for new connections, while old ones go on", async (test) => {
    const directory = makeTempDirectory(test);
    const [first, second] = await Promise.all(
      ["first", "second"].map((name) => makeCertificate(directory, name)),
    );
    assert.ok(first !== undefined && second !== undefined);
    const root = await publishedTree(test);
    const args = ["--tls-cert", first.certFile, "--tls-key", first.keyFile, root];
    const server = await startServer(test, args);
    assert.match(server.url, /^https:/);
    const file = `https://localhost:${server.port}/${SMALL}`;
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: first.pem });
    test.after(() => agent.destroy());
    assert.equal((await ask(file, { agent })).text, "both: squashfs\n");
    await assert.rejects(ask(file, { ca: second.pem }), /certificate/);
    copyFileSync(second.keyFile, first.keyFile);
    copyFileSync(second.certFile, first.certFile);
    await until(
      "the new one is in use",
      () => ask(file, { ca: second.pem }).then(() => true, () => false),
    );
    assert.equal((await ask(file, { agent })).status, 200);
    await assert.rejects(ask(file, { ca: first.pem }), /certificate/);
    await until(
      "the log tells",
      () => server.log().some(({ message = "" }) => /new connections get/.test(message)),
    );
  });

  it("keeps the certificate that works when its file is broken", async (test) => {
    const directory = makeTempDirectory(test);
    const own = await makeCertificate(directory, "own");
    const args = ["--tls-cert", own.certFile, "--tls-key", own.keyFile];
    const server = await startServer(test, [...args, await publishedTree(test)]);
    const file = `https://localhost:${server.port}/${SMALL}`;
    copyFileSync(own.keyFile, own.certFile);
    const isTold = () => server.log().some(({ message = "" }) => /is in use$/.test(message));
    await until("the log tells", isTold);
    assert.equal((await ask(file, { ca: own.pem })).status, 200);
  });

  it("makes a certificate for itself, whose key nobody else can read", async (test) => {
    const directory = join(makeTempDirectory(test), "tls");
    const root = await publishedTree(test);
    const server = await startServer(test, ["--tls-self-signed", directory, root]);
    const ca = readFileSync(join(directory, "ca.crt"), "utf8");
    assert.equal((await ask(`https://localhost:${server.port}/${SMALL}`, { ca })).status, 200);
    assert.equal((await ask(`https://127.0.0.1:${server.port}/${SMALL}`, { ca })).status, 200);
    for (const name of ["ca.key", "server.key"]) {
      assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600, name);
    }
    assert.match((await server.stop()).stderr, /install .*ca\.crt.* && update-ca-certificates/);
    const again = await startServer(test, ["--tls-self-signed", directory, root]);
    assert.equal((await ask(`https://localhost:${again.port}/${SMALL}`, { ca })).status, 200);
  });

  it("ends a plain-http request to its port at once", async (test) => {
    const directory = makeTempDirectory(test);
    const root = await publishedTree(test);
    const server = await startServer(test, ["--tls-self-signed", directory, root]);
    for (let count = 0; count < 3; count++) {
      const plain = await openRaw(test, server.port);
      plain.socket.write(`GET /${SMALL} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      assert.ok(await plain.closed < 1000);
      assert.doesNotMatch(plain.received(), /HTTP\/1/);
    }
    const ca = readFileSync(join(directory, "ca.crt"), "utf8");
    assert.equal((await ask(`https://localhost:${server.port}/${SMALL}`, { ca })).status, 200);
  });

  it("frees file and connection when the client goes away", async (test) => {
    const directory = makeTempDirectory(test);
    const root = await publishedTree(test);
    const path = writeDownload(root, 2 ** 30);
    const server = await startServer(test, ["--tls-self-signed", directory, root]);
    const ca = readFileSync(join(directory, "ca.crt"), "utf8");
    const socket = connect({ port: server.port, host: "127.0.0.1", servername: "localhost", ca });
    test.after(() => socket.destroy());
    socket.on("error", () => {});
    socket.write(`GET /${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await new Promise((resolve) => socket.once("readable", resolve));
    // Deno has it open twice while it reads
    assert.deepEqual([...new Set(filesOpenBelow(server.pid, root))], [join(root, path)]);
    const started = performance.now();
    socket.destroy();
    await until("the file is closed", () => filesOpenBelow(server.pid, root).length === 0);
    // Sooner than the runtime's garbage collection would come round to it
    assert.ok(performance.now() - started < 5000);
  });
});

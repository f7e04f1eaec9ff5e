import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { until } from "../support/command.ts";
import { parseLog, runServer, startServer } from "../support/server_process.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import { assertFilesExist, writeSampleTree } from "../support/trees.ts";
import { ask } from "./support/ask.ts";
import { publishedTree, SMALL } from "./support/big_tree.ts";
import { exchange } from "./support/raw_socket.ts";

const TOKEN = "fedcba9876543210-of-this-test";
const WRONG = "not-the-token-of-this-test";

describe("The server, by its environment", { concurrency: 2, timeout: 60_000 }, () => {
  it("takes what the command line does not say", async (test) => {
    const root = await publishedTree(test);
    const directory = makeTempDirectory(test);
    writeFileSync(join(directory, "tokens"), `${TOKEN}\n`, { mode: 0o600 });
    const server = await startServer(test, [], {
      environment: {
        SIMPLESTREAMS_ROOT: root,
        SIMPLESTREAMS_LISTEN: "127.0.0.1:1",
        SIMPLESTREAMS_LOG: "text",
        SIMPLESTREAMS_TOKEN_FILE: join(directory, "tokens"),
        SIMPLESTREAMS_TLS_SELF_SIGNED: join(directory, "tls"),
        SIMPLESTREAMS_PROTECT_READS: "true",
        SIMPLESTREAMS_NO_SUCH: "x",
      },
    });
    assert.match(server.url, /^https:\/\/127\.0\.0\.1:(?!1$)/);
    const ca = readFileSync(join(directory, "tls/ca.crt"), "utf8");
    const products = `https://localhost:${server.port}/api/v1/products`;
    assert.equal((await ask(products, { ca })).status, 401);
    const headers = { Authorization: `Bearer ${TOKEN}` };
    assert.equal((await ask(products, { ca, headers })).status, 200);
    const said = parseLog((await server.stop()).stderr).map(({ message = "" }) => message);
    assert.ok(said.includes("no option is called SIMPLESTREAMS_NO_SUCH, so it does nothing"));
  });

  it("prints help and version, and nothing else", async () => {
    const help = await runServer(["--help"]);
    assert.deepEqual([help.status, help.stderr], [0, ""]);
    assert.match(help.stdout, /--tls-self-signed <dir>/);
    const version = await runServer(["--version"]);
    assert.match(version.stdout, /^[0-9]+\.[0-9]+\.[0-9]+\n$/);
  });
});

describe("--log json", { timeout: 60_000 }, () => {
  it("writes a line of JSON an event, and never a token or a query", async (test) => {
    const root = await publishedTree(test);
    const tokenFile = join(makeTempDirectory(test), "tokens");
    writeFileSync(tokenFile, `operator:${TOKEN}\n`, { mode: 0o600 });
    const server = await startServer(test, ["--token-file", tokenFile, root]);
    const reindex = `${server.url}/api/v1/reindex`;
    const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
    await ask(reindex, { method: "POST", headers: bearer(TOKEN) });
    await ask(reindex, { method: "POST", headers: bearer(WRONG) });
    await ask(`${reindex}?dryRun=true&token=${TOKEN}`, { method: "POST", headers: bearer(TOKEN) });
    await ask(`${server.url}/${SMALL}`, { headers: { "X-Request-Id": "asked-for" } });
    await ask(`${server.url}/${SMALL}`, { headers: { "User-Agent": 'two "words"\u0085' } });
    const { stderr } = await server.stop();
    assert.ok(!stderr.includes(TOKEN) && !stderr.includes(WRONG), stderr);
    const requests = parseLog(stderr).filter(({ event }) => event === "request");
    assert.deepEqual(
      requests.map(({ method, path, status, user }) => [method, path, status, user]),
      [
        ["POST", "/api/v1/reindex", 200, "operator"],
        ["POST", "/api/v1/reindex", 401, undefined],
        ["POST", "/api/v1/reindex", 422, "operator"],
        ["GET", `/${SMALL}`, 200, undefined],
        ["GET", `/${SMALL}`, 200, undefined],
      ],
    );
    assert.match(stderr, /"id":"asked-for"/);
  });
});

describe("--reindex-on-start", { timeout: 60_000 }, () => {
  it("publishes a tree that has no document yet, and makes the server ready", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    const server = await startServer(test, ["--reindex-on-start", root]);
    await until("it is ready", async () => (await ask(`${server.url}/readyz`)).status === 200);
    assertFilesExist(root);
    assert.equal((await ask(`${server.url}/${SMALL}`)).status, 200);
  });

  it("leaves a server that goes on when the tree cannot be indexed", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    writeFileSync(join(root, "images/debian/.requirements"), "{");
    const server = await startServer(test, ["--reindex-on-start", root]);
    await until(
      "the log tells",
      () =>
        server.log().some(({ level, message = "" }) =>
          level === "error" && /images\/debian\/\.requirements/.test(message)
        ),
    );
    assert.equal((await ask(`${server.url}/readyz`)).status, 503);
    rmSync(join(root, "images/debian/.requirements"));
    assert.equal((await ask(`${server.url}/api/v1/reindex`, { method: "POST" })).status, 200);
    assert.equal((await ask(`${server.url}/readyz`)).status, 200);
  });
});

describe("Writes without tokens, on loopback", { timeout: 60_000 }, () => {
  it("are taken from this machine and from no web page or proxy", async (test) => {
    const root = makeTempDirectory(test);
    mkdirSync(join(root, "images"));
    writeSampleTree(root);
    const { port } = await startServer(test, [root]);
    const own = `127.0.0.1:${port}`;
    const cases = [
      [200, [`Host: ${own}`]],
      [200, [`Host: localhost:${port}`]],
      [200, [`Host: ${own}`, `Origin: http://${own}`]],
      [403, ["Host: images.example.org"]],
      [403, [`Host: 127.0.0.1.example.org:${port}`]],
      [403, [`Host: ${own}`, "Origin: http://images.example.org"]],
      [403, [`Host: ${own}`, "Origin: null"]],
      [403, [`Host: ${own}`, "Sec-Fetch-Site: cross-site"]],
      [403, [`Host: ${own}`, "X-Forwarded-For: 192.0.2.1"]],
      [400, []],
    ] as const;
    for (const [status, headers] of cases) {
      const lines = ["POST /api/v1/reindex HTTP/1.1", ...headers, "Content-Length: 0"];
      const answer = await exchange(
        test,
        port,
        [...lines, "Connection: close", "", ""].join("\r\n"),
      );
      assert.equal(answer.slice(0, 12), `HTTP/1.1 ${status}`, `${headers.join(", ")}\n${answer}`);
    }
    // Reads do not care who asks: a proxy may serve the tree.
    const read = await exchange(
      test,
      port,
      `GET /${SMALL} HTTP/1.1\r\nHost: images.example.org\r\nConnection: close\r\n\r\n`,
    );
    assert.match(read, /^HTTP\/1\.1 200 /);
  });
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { until } from "../support/command.ts";
import { startServer } from "../support/server_process.ts";
import { ask } from "./support/ask.ts";
import { publishedTree, SMALL } from "./support/big_tree.ts";
import { openSockets } from "./support/process_files.ts";
import { openRaw } from "./support/raw_socket.ts";

const CLIENTS = 1000;
/** The server has fewer than these without connections: one to listen at, some of its runtime. */
const OWN_SOCKETS = 20;
const LIMIT = execFileSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).trim();
// Each takes a descriptor here, and up to two in the server.
const TOO_FEW = LIMIT !== "unlimited" && Number(LIMIT) < 2 * CLIENTS + 200
  ? `needs 2200 descriptors, and ulimit -n is ${LIMIT}`
  : false;

describe(`${CLIENTS} connections at once`, { skip: TOO_FEW, timeout: 60_000 }, () => {
  it("are all open and all answered", async (test) => {
    const root = await publishedTree(test);
    const { port, pid } = await startServer(test, [root]);
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => openRaw(test, port)));
    await until("all are accepted", () => openSockets(pid) > CLIENTS);
    for (const [index, { socket }] of clients.entries()) {
      const path = index % 2 === 0 ? SMALL : "streams/v1/index.json";
      socket.write(`GET /${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    }
    await Promise.all(clients.map(({ closed }) => closed));
    const wrong = clients.filter(({ received }) => !/^HTTP\/1\.1 200 [^]*\n$/.test(received()));
    assert.equal(wrong.length, 0, wrong[0]?.received());
    await until("all are closed", () => openSockets(pid) < OWN_SOCKETS);
  });

  it("are answered when they come as fast as they can", async (test) => {
    const { url } = await startServer(test, [await publishedTree(test)]);
    const answers = await Promise.all(
      Array.from({ length: CLIENTS }, () => ask(`${url}/api/v1/products`)),
    );
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  });
});

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { succeed, until } from "../support/command.ts";
import { startServer } from "../support/server_process.ts";
import { assertDigestsHold, assertFilesExist, createDice, readDocument } from "../support/trees.ts";
import { ask, send } from "./support/ask.ts";
import { publishedTree, writeBigVersion } from "./support/big_tree.ts";
import { hasOpen } from "./support/process_files.ts";

const GIB = 2 ** 30;
const MIB = 2 ** 20;
const BIG = "debian/12/amd64/default/20240109_00:00";
const REQUIREMENTS = "images/debian/12/amd64/default/.requirements";
const ROUNDS = 12;

describe("A server that is killed", { concurrency: 2, timeout: 80_000 }, () => {
  it("in the middle of a reindex leaves what was published, and the next one goes on", async (test) => {
    const root = await publishedTree(test);
    const before = readDocument(root);
    const path = writeBigVersion(root, BIG, GIB);
    const killed = await startServer(test, ["--reindex-on-start", root]);
    await until("it digests", () => hasOpen(killed.pid, root, path));
    killed.signal("SIGKILL");
    await killed.finished;
    assert.equal(readDocument(root), before);
    assertFilesExist(root);
    const next = await startServer(test, [root]);
    const answer = await send(`${next.url}/api/v1/reindex`, "POST", {});
    assert.equal(answer.status, 200, answer.text);
    assert.ok(readDocument(root).includes(path));
    assertFilesExist(root);
  });

  it("while it changes requirements and publishes leaves whole files", async (test) => {
    const root = await publishedTree(test);
    const dice = createDice(1);
    let lastMs = 0;
    let acknowledged = "";
    let cutOff = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const server = await startServer(test, [root]);
      const url = `${server.url}/api/v1/requirements/debian/12/amd64/default?reindex=true`;
      const value = `${round} `.repeat(2000);
      const started = performance.now();
      // The first may finish, and tells how long it takes.
      const afterMs = round === 0 ? 30_000 : lastMs * (dice.below(120) / 100);
      const timer = setTimeout(() => server.signal("SIGKILL"), afterMs);
      const status = await send(url, "PUT", { "user.round": value }).then(
        (answer) => answer.status,
        () => undefined,
      );
      clearTimeout(timer);
      if (status === undefined) cutOff++;
      else {
        assert.equal(status, 200);
        lastMs = performance.now() - started;
        acknowledged = value;
      }
      server.signal("SIGKILL");
      await server.finished;
      const file = join(root, REQUIREMENTS);
      const own = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
      assert.ok([acknowledged, value].includes(own["user.round"] ?? ""), `round ${round}`);
      acknowledged = own["user.round"] ?? "";
      assertFilesExist(root);
    }
    test.diagnostic(`${cutOff} of ${ROUNDS} requests were cut off by the end of their server`);
    assert.ok(cutOff >= 2 && cutOff < ROUNDS, `${cutOff} requests were cut off`);
    const last = await startServer(test, ["--reindex-on-start", root]);
    await until("it has indexed", async () => {
      const { text } = await ask(`${last.url}/api/v1/reindex`);
      return JSON.parse(text).runs[0]?.state === "done";
    });
    assert.equal(readDocument(root), await succeed(["--rehash", root]));
    await assertDigestsHold(root);
    const put = await send(`${last.url}/api/v1/requirements/debian/12/amd64/default`, "PUT", {});
    assert.equal(put.status, 200, put.text);
    const left = readdirSync(join(root, "images/debian/12/amd64/default"))
      .filter((name) => name.startsWith(".") && name !== ".requirements");
    assert.deepEqual(left, []);
  });

  it("with many downloads under way leaves nothing that keeps the next from its port", async (test) => {
    const root = await publishedTree(test);
    const path = writeBigVersion(root, BIG, 64 * MIB);
    const first = await startServer(test, [root]);
    const downloads = Array.from({ length: 10 }, () => ask(`${first.url}/${path}`));
    const ended = Promise.allSettled(downloads);
    await until("they are under way", () => hasOpen(first.pid, root, path));
    first.signal("SIGKILL");
    await Promise.all([first.finished, ended]);
    const next = await startServer(test, ["--listen", `127.0.0.1:${first.port}`, root]);
    assert.equal((await ask(`${next.url}/readyz`)).status, 200);
  });
});

import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { simplestreams, until } from "../support/command.ts";
import { startServer } from "../support/server_process.ts";
import { ask, begin } from "./support/ask.ts";
import { growListedFile, publishedTree, SMALL } from "./support/big_tree.ts";
import { hasOpen } from "./support/process_files.ts";

const GIB = 2 ** 30;

async function startVerifying(test: TestContext, sizeBytes: number) {
  const root = await publishedTree(test);
  growListedFile(root, SMALL, sizeBytes);
  const server = await startServer(test, [root]);
  const verify = (query = "") => ask(`${server.url}/api/v1/verify${query}`);
  const isDigesting = () => hasOpen(server.pid, root, SMALL);
  return { root, server, verify, isDigesting };
}

describe("GET /api/v1/verify", { concurrency: 2, timeout: 60_000 }, () => {
  it("answers what simplestreams verify --json prints", async (test) => {
    const { root, verify } = await startVerifying(test, 100);
    for (const fast of [true, false]) {
      const printed = await simplestreams(["verify", "--json", ...fast ? ["--fast"] : [], root]);
      const { counts, findings } = JSON.parse(printed.stdout);
      const { status, text } = await verify(`?fast=${fast}`);
      assert.equal(status, 200);
      const body = JSON.parse(text);
      assert.deepEqual([body.counts, body.findings], [counts, findings]);
      assert.equal(findings.length > 1, !fast);
    }
  });

  it("is one for all who ask while it is under way, also when the first goes away", async (test) => {
    const { server, verify, isDigesting } = await startVerifying(test, GIB);
    const client = new AbortController();
    const first = begin(`${server.url}/api/v1/verify`, { signal: client.signal });
    await until("it digests", isDigesting);
    const others = Promise.all([verify(), verify()]);
    client.abort();
    await assert.rejects(first, { name: "AbortError" });
    const answers = (await others).map(({ text }) => JSON.parse(text));
    assert.deepEqual(answers[0], answers[1]);
    await server.stop();
    const said = server.log().filter(({ message }) => message?.startsWith("verify ("));
    assert.equal(said.length, 1);
    assert.deepEqual(answers[0].findings[0].path, SMALL.replace("root.squashfs", "incus.tar.xz"));
  });

  it("ends with the server, which says so and exits with 0 at once", async (test) => {
    const { server, verify, isDigesting } = await startVerifying(test, 32 * GIB);
    const answer = verify();
    await until("it digests", isDigesting);
    const started = performance.now();
    const { status, stderr } = await server.stop();
    assert.equal(status, 0, stderr);
    assert.ok(performance.now() - started < 5000);
    const { status: answered, text } = await answer;
    assert.deepEqual([answered, JSON.parse(text).code], [503, "NOT_READY"]);
  });
});

describe("GET /api/v1/images", { timeout: 20_000 }, () => {
  it("answers what simplestreams list and show print", async (test) => {
    const { root, server } = await startVerifying(test, 100);
    const print = async (...args: readonly string[]) =>
      JSON.parse((await simplestreams([...args, "--json"])).stdout);
    const read = async (path: string) =>
      JSON.parse((await ask(`${server.url}/api/v1/images${path}`)).text);
    assert.deepEqual((await read("?word=cloud&arch=amd64")).images, [
      ...await print("list", root, "arch=x86_64", "cloud"),
    ]);
    const { command, ...shown } = await print("show", "ubuntu/24.04", root);
    assert.equal(command, "show");
    assert.deepEqual(await read("/ubuntu/24.04"), shown);
    assert.equal((await read("/ubuntu/24.10")).code, "NOT_FOUND");
  });
});

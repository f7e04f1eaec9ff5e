import assert from "node:assert/strict";
import { mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { noise } from "../support/archives.ts";
import { until } from "../support/command.ts";
import { startServer } from "../support/server_process.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import { ask } from "./support/ask.ts";

const PRODUCT = "debian:12:amd64:default";
const FOLDER = "images/debian/12/amd64/default";

function addVersion(root: string, version: string): void {
  const hidden = join(root, FOLDER, `.upload-${version}`);
  mkdirSync(hidden, { recursive: true });
  writeFileSync(join(hidden, "incus.tar.xz"), `metadata of ${version}`);
  const pieces = [noise(50_000), Buffer.from(`built as ${version}`)];
  writeFileSync(join(hidden, "root.squashfs"), Buffer.concat(pieces));
  renameSync(hidden, join(root, FOLDER, version));
}

describe("The server that watches and makes deltas", { timeout: 60_000 }, () => {
  it("publishes a version that appears, and soon a delta to it, and is quiet then", async (test) => {
    const root = makeTempDirectory(test);
    addVersion(root, "20240101");
    const server = await startServer(test, ["--watch", "--deltas", root]);
    const runs = () => server.log().filter(({ message = "" }) => message.startsWith("index run"));
    await until("its first pass is done", () => runs().length > 0);
    for (const [version, base] of [["20240102", "20240101"], ["20240103", "20240102"]]) {
      addVersion(root, `${version}`);
      await until(`there is a delta to ${version}`, async () => {
        const { body } = await ask(`${server.url}/api/v1/products/${PRODUCT}`);
        const { versions } = JSON.parse(String(body));
        const [image] = versions.at(-1)?.images ?? [];
        return versions.at(-1)?.name === version && image?.delta?.base === base;
      });
    }
    const { body } = await ask(`${server.url}/api/v1/images?word=20240103`);
    const [{ delta, size }] = JSON.parse(String(body)).images;
    assert.equal(delta.percent, Math.round(100 * delta.size / size));
    const { status } = await ask(`${server.url}/${FOLDER}/20240103/root.20240102.vcdiff`);
    assert.equal(status, 200);
    const names = readdirSync(join(root, FOLDER, "20240102")).filter((name) => /vcdiff/.test(name));
    assert.deepEqual(names, ["root.20240101.vcdiff"]);
    assert.ok(runs().length < 8, `${runs().length} runs`);
  });
});

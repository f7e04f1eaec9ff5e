import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { simplestreams, succeed } from "../support/command.ts";
import { type ServerProcess, startServer } from "../support/server_process.ts";
import {
  assertDigestsHold,
  createDice,
  type Dice,
  readDocument,
  writeVersion,
} from "../support/trees.ts";
import { ask, send } from "./support/ask.ts";
import { publishedTree } from "./support/big_tree.ts";

const ROUNDS = 24;
const VARIANTS = ["default", "cloud", "desktop"] as const;
type Variant = typeof VARIANTS[number];

describe("Two servers and a command line on one root", { timeout: 90_000 }, () => {
  it("lose no change of requirements, and publish all of them in the end", async (test) => {
    const root = await publishedTree(test);
    for (const variant of VARIANTS) writeVersion(root, `debian/13/amd64/${variant}/20240101`);
    await succeed(["-N", root]);
    const servers = await Promise.all([1, 2].map(() => startServer(test, [root])));
    const counts = { changes: 0, runs: 0, busy: 0 };
    let isDone = false;

    async function indexByCommand(): Promise<void> {
      for (let day = 10; !isDone; day++) {
        writeVersion(root, `debian/13/amd64/default/202402${10 + day % 18}`);
        const { status, stderr } = await simplestreams(["-N", "--wait", "60", root]);
        assert.equal(status, 0, stderr);
        counts.runs++;
      }
    }
    // Each writer has keys of its own in files that it shares with the others.
    async function changeByServer(server: ServerProcess, writer: number): Promise<void> {
      const dice = createDice(writer);
      for (let round = 0; round < ROUNDS; round++) {
        const variant = dice.pick(VARIANTS);
        const key = `user.writer${writer}.key${dice.below(3)}`;
        const value = dice.below(4) === 0 ? null : `round ${round}`;
        if (!await patch(server, variant, { [key]: value }, dice)) counts.busy++;
        else expected.get(variant)?.set(key, value);
        counts.changes++;
      }
    }
    const expected = new Map(VARIANTS.map((name) => [name, new Map<string, string | null>()]));
    const changing = servers.flatMap((server, index) =>
      [0, 1].map((writer) => changeByServer(server, 2 * index + writer))
    );
    const indexing = indexByCommand();
    await Promise.all(changing).finally(() => isDone = true);
    await indexing;
    test.diagnostic(
      `${counts.changes} changes, ${counts.busy} turned away, ${counts.runs} runs by the command`,
    );

    for (const [variant, keys] of expected) {
      const path = join(root, "images/debian/13/amd64", variant, ".requirements");
      const own: Record<string, unknown> = JSON.parse(readFileSync(path, "utf8"));
      const kept = Object.fromEntries([...keys].filter(([, value]) => value !== null).sort());
      assert.deepEqual(Object.fromEntries(Object.entries(own).sort()), kept, variant);
    }
    const answer = await send(`${servers[0]?.url}/api/v1/reindex`, "POST", {});
    assert.equal(answer.status, 200, answer.text);
    assert.equal(readDocument(root), await succeed(["--rehash", root]));
    await assertDigestsHold(root);
    for (const { stop } of servers) assert.equal((await stop()).status, 0);
    assertNothingLeft(root);
  });
});

/** Returns whether it was done; false when somebody else took too long, which is no loss. */
async function patch(
  { url }: ServerProcess,
  variant: Variant,
  body: Readonly<Record<string, string | null>>,
  dice: Dice,
): Promise<boolean> {
  const query = dice.below(4) === 0 ? "?reindex=true" : "";
  const answer = await ask(`${url}/api/v1/requirements/debian/13/amd64/${variant}${query}`, {
    method: "PATCH",
    headers: { "Content-Type": "application/merge-patch+json" },
    body: JSON.stringify(body),
  });
  if (answer.status === 409 || answer.status === 423) {
    // Where it says so, the requirements are changed all the same.
    return "requirements" in JSON.parse(answer.text);
  }
  assert.equal(answer.status, 200, answer.text);
  return true;
}

/** Temporary files have names that start with "."; requirements and the state are no such. */
function assertNothingLeft(root: string): void {
  const names = readdirSync(root, { recursive: true, encoding: "utf8" });
  const known = /(?:^|\/)\.(?:requirements|lxd_requirements|items\.json|simplestreams)(?:$|\/)/;
  const left = names.filter((name) => /(?:^|\/)\./.test(name) && !known.test(name));
  assert.deepEqual(left, []);
  const state = readdirSync(join(root, ".simplestreams")).map((name) =>
    name.replace(/[0-9]+$/, "N")
  );
  assert.deepEqual(state.filter((name) => name.startsWith("draft")), []);
  assert.equal(state.filter((name) => name === "lock.N").length, 1);
}

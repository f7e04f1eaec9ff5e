import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { run, simplestreams } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import { createDice, readDocument } from "../support/trees.ts";
import { addVersion, MUTATIONS } from "./tree_mutations.ts";
import { startSequence } from "./tree_sequence.ts";

const SEED = 20240229;
const STEPS = 36;

describe("A cached run", () => {
  it("publishes what a run without any cache does, whatever changed before", async (test) => {
    const sequence = startSequence(makeTempDirectory(test), createDice(SEED));
    const { root, base } = sequence;
    const log: string[] = [];
    for (let number = 0; number < 6; number++) addVersion(sequence);
    for (let step = 0; step < STEPS;) {
      const done = sequence.dice.pick(MUTATIONS)(sequence);
      if (done === undefined) continue;
      log.push(done);
      step += 1;
      const dry = await simplestreams([root]);
      const written = await simplestreams(["-N", "--allow-empty", root]);
      const fresh = await runWithoutCache(base);
      const message = `seed ${SEED}: ${log.join("; ")}`;
      assert.deepEqual(
        [dry.status, written.status, fresh.status],
        [0, 0, 0],
        `${message}\n${dry.stderr}${written.stderr}${fresh.stderr}`,
      );
      assert.equal(readDocument(root), fresh.stdout, message);
      assert.equal(dry.stdout, fresh.stdout, message);
      assert.deepEqual(warnings(dry.stderr), warnings(fresh.stderr), message);
      assert.deepEqual(warnings(written.stderr), warnings(fresh.stderr), message);
    }
  });
});

async function runWithoutCache(base: string) {
  const copy = join(base, "copy");
  await run(["cp", "-a", join(base, "tree"), copy]);
  await run(["find", copy, "-name", ".items.json", "-delete"]);
  rmSync(join(copy, "root/.simplestreams"), { recursive: true, force: true });
  const finished = await simplestreams([join(copy, "root")]);
  rmSync(copy, { recursive: true });
  return finished;
}

function warnings(stderr: string): readonly string[] {
  return stderr.split("\n").filter((line) => line.startsWith("warning: "));
}

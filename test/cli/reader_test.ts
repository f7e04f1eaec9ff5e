import assert from "node:assert/strict";
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { succeed } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import { IMAGES, INDEX, writeVersion } from "../support/trees.ts";

const WRITES = 200;

describe("A reader", () => {
  it(`sees a whole old or a whole new document at any moment of ${WRITES} writes`, async (test) => {
    const root = makeTempDirectory(test);
    for (let day = 10; day < 20; day++) {
      for (const variant of ["default", "cloud", "desktop"]) {
        writeVersion(root, `debian/12/amd64/${variant}/202401${day}`);
      }
    }
    const [folder, hidden] = ["images/debian/12/amd64/cloud", "cloud"].map((path) =>
      join(root, path)
    );
    // Both documents have two states, with a product and without it.
    const texts: Record<string, string[]> = { [IMAGES]: [], [INDEX]: [] };
    let isHidden = false;
    async function change(): Promise<void> {
      if (isHidden) renameSync(hidden ?? "", folder ?? "");
      else renameSync(folder ?? "", hidden ?? "");
      isHidden = !isHidden;
      await succeed(["-N", "--quiet", root]);
    }
    for (let state = 0; state < 2; state++) {
      await change();
      for (const path of [IMAGES, INDEX]) {
        texts[path]?.push(readFileSync(join(root, path), "utf8"));
      }
    }

    let isDone = false;
    const seen = { reads: 0, switches: 0 };
    async function readOn(): Promise<void> {
      const last = new Map<string, string>();
      while (!isDone) {
        for (const path of [IMAGES, INDEX, IMAGES, INDEX]) {
          const text = readFileSync(join(root, path), "utf8");
          assert.ok(texts[path]?.includes(text), `${path} is torn: ${text.length} characters`);
          seen.reads += 1;
          if (last.get(path) !== text) seen.switches += 1;
          last.set(path, text);
        }
        // A pause of a millisecond, so that the writers come along too
        await setTimeout(1);
      }
    }
    const reading = readOn();
    try {
      for (let write = 0; write < WRITES; write++) await change();
    } finally {
      isDone = true;
    }
    await reading;
    test.diagnostic(`${seen.reads} reads saw ${seen.switches} switches`);
    assert.ok(seen.switches > WRITES);
  });
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { createHasher } from "../../core/adapters/hasher.ts";
import { createFixedClock } from "../../core/adapters/fixed_clock.ts";
import { MemoryTree } from "../../core/adapters/memory.ts";
import { createMemoryHasher } from "../../core/adapters/memory_hasher.ts";
import type { Hasher, HashJob, HashOutcome } from "../../core/ports.ts";
import { workerUrl } from "../support/worker.ts";

const directory = mkdtempSync(`${tmpdir()}/simplestreams-hasher-`);
after(() => rmSync(directory, { recursive: true }));

const SMALL = [["one", "metadata a"], ["two", "metadata b"], ["root", "root a"]] as const;
// printf "metadata a" | sha256sum, and b
const ONE = "020c6dca101cd4a96df04ded9b79ab71e047c77c310a1f8a7d9df220c61cbee4";
const TWO = "d206a956fcacff1899770e38c84193e2358df27e12f0896cbdfe3747cc738bdc";
const MTIME_MS = 1_700_000_000_000;
for (const [name, content] of SMALL) writeOld(name, content);
const paths = (...names: readonly string[]) => names.map((name) => `${directory}/${name}`);

const memory = new MemoryTree(createFixedClock(new Date(0)));
for (const [name, content] of SMALL) {
  memory.put(`${directory}/${name}`, content, { mtimeMs: MTIME_MS });
}
for (const [name, sizeBytes] of [["whole", 655_361], ["cut", 600_000]] as const) {
  const text = squashfs(655_361).slice(0, sizeBytes);
  writeFileSync(`${directory}/${name}`, text);
  memory.put(`${directory}/${name}`, text);
}

/** The start of an image that says how long it is, and zeros. */
function squashfs(sizeBytes: number): string {
  const head = Buffer.alloc(96);
  head.write("hsqs");
  head.writeUInt16LE(4, 28);
  head.writeUInt32LE(sizeBytes, 40);
  return head.toString("latin1").padEnd(sizeBytes, "\0");
}

/** A disk whose last cluster begins a byte before its end, and whose tables lie far from its start. */
function qcow2(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x514649fb);
  view.setUint32(4, 3);
  view.setUint32(20, 16);
  view.setUint32(36, 1);
  view.setUint32(44, 0x80000);
  view.setUint32(0x80004, 0x90000);
  view.setUint32(0x90004, sizeBytes - 1);
  return bytes;
}

function sha256sum(path: string): string {
  return execFileSync("sha256sum", [path], { encoding: "utf8" });
}

function writeOld(name: string, content: string, sizeBytes?: number): void {
  writeFileSync(`${directory}/${name}`, content);
  if (sizeBytes !== undefined) truncateSync(`${directory}/${name}`, sizeBytes);
  utimesSync(`${directory}/${name}`, MTIME_MS / 1000, MTIME_MS / 1000);
}

async function hashAll(hasher: Hasher, jobs: readonly HashJob[]): Promise<readonly HashOutcome[]> {
  const outcomes: HashOutcome[] = [];
  await hasher.hash(jobs, {
    concurrency: 2,
    onOutcome(index, outcome) {
      assert.equal(outcomes[index], undefined, "one outcome a job");
      outcomes[index] = outcome;
    },
  });
  return outcomes;
}

for (
  const [name, hasher] of [
    ["memory", createMemoryHasher(memory)],
    ["real", createHasher(workerUrl())],
  ] as const
) {
  test(`${name} hasher: gives own and combined digests in the order of the files`, async () => {
    const [outcome] = await hashAll(hasher, [
      { metadata: paths("one", "two"), roots: paths("root"), sizeBytes: 26 },
    ]);
    // printf ... | sha256sum
    assert.deepEqual(outcome, {
      metadata: [
        { sha256: ONE, sizeBytes: 10, mtimeMs: MTIME_MS },
        { sha256: TWO, sizeBytes: 10, mtimeMs: MTIME_MS },
      ],
      roots: [{
        sha256: "9b0fbf23a3dee125fb975a8bc4f93c3e9b09dc3e336ac7c36df25f4eb4620593",
        sizeBytes: 6,
        mtimeMs: MTIME_MS,
        combined: [
          "2abc7887b51a66b9da29b7f92e6881076423eb928693071e2d7544396445bfbd",
          "fb68af222c4a0b9e4d9c60cd4592e0be85f15f24f2a27ff498db7cf6c0fb8eb0",
        ],
      }],
    });
  });

  test(`${name} hasher: gives metadata files with equal bytes equal fingerprints`, async () => {
    const [outcome] = await hashAll(hasher, [
      { metadata: paths("one", "one"), roots: paths("root"), sizeBytes: 26 },
    ]);
    assert.ok(outcome !== undefined && "roots" in outcome);
    assert.deepEqual(outcome.roots[0]?.combined, [
      "2abc7887b51a66b9da29b7f92e6881076423eb928693071e2d7544396445bfbd",
      "2abc7887b51a66b9da29b7f92e6881076423eb928693071e2d7544396445bfbd",
    ]);
  });

  test(`${name} hasher: names a root that ends before its image, and takes a whole one`, async () => {
    const [cutOff, whole] = await hashAll(
      hasher,
      ["cut", "whole"].map((root) => ({
        metadata: paths("one"),
        roots: paths(root),
        sizeBytes: 600_010,
      })),
    );
    assert.ok(cutOff !== undefined && "unreadable" in cutOff);
    assert.equal(cutOff.unreadable, `${directory}/cut`);
    assert.match(cutOff.reason, /ends after 600000 bytes, expected at least 655361 by what is/);
    assert.ok(whole !== undefined && "roots" in whole);
    const { sha256, sizeBytes } = whole.roots[0] ?? assert.fail();
    assert.equal(sizeBytes, 655_361);
    assert.equal(`${sha256}  ${directory}/whole\n`, sha256sum(`${directory}/whole`));
  });

  test(`${name} hasher: does nothing for no jobs`, async () => {
    assert.deepEqual(await hashAll(hasher, []), []);
  });
}

test("real hasher: looks at tables far in a root, and digests it from its start", async () => {
  const path = `${directory}/disk`;
  writeFileSync(path, qcow2(655_361));
  const [whole] = await hashAll(createHasher(workerUrl()), [
    { metadata: [], roots: [path], sizeBytes: 655_361 },
  ]);
  assert.ok(whole !== undefined && "roots" in whole);
  assert.equal(`${whole.roots[0]?.sha256}  ${path}\n`, sha256sum(path));
  truncateSync(path, 655_360);
  const [cut] = await hashAll(createHasher(workerUrl()), [
    { metadata: [], roots: [path], sizeBytes: 655_360 },
  ]);
  assert.ok(cut !== undefined && "unreadable" in cut);
});

test("real hasher: names a file that cannot be read, and goes on with the others", async () => {
  const outcomes = await hashAll(createHasher(workerUrl()), [
    { metadata: paths("one"), roots: paths("missing"), sizeBytes: 20 },
    { metadata: paths("one"), roots: [], sizeBytes: 10 },
  ]);
  assert.ok(outcomes[0] !== undefined && "unreadable" in outcomes[0]);
  assert.equal(outcomes[0].unreadable, `${directory}/missing`);
  assert.ok(outcomes[1] !== undefined && "metadata" in outcomes[1]);
});

test("real hasher: digests big files in workers as sha256sum does, many roots in one version too", async () => {
  const sizes = [["big1", 70_000_001], ["big2", 40_000_000], ["big3", 1]] as const;
  for (const [name, sizeBytes] of sizes) writeOld(name, name, sizeBytes);
  let readBytes = 0;
  const outcomes: HashOutcome[] = [];
  await createHasher(workerUrl()).hash([
    { metadata: paths("one"), roots: [], sizeBytes: 10 },
    {
      metadata: paths("one", "two"),
      roots: paths("big1", "big2", "big3"),
      sizeBytes: 110_000_022,
    },
  ], {
    concurrency: 2,
    onOutcome: (index, outcome) => outcomes[index] = outcome,
    onBytes: (bytes) => readBytes += bytes,
  });
  const sha256 = (...names: readonly string[]) =>
    execFileSync("sh", ["-c", 'cat "$@" | sha256sum', "sh", ...paths(...names)], {
      encoding: "utf8",
    }).slice(0, 64);
  assert.deepEqual(outcomes[1], {
    metadata: ["one", "two"].map((name) => ({
      sha256: sha256(name),
      sizeBytes: 10,
      mtimeMs: MTIME_MS,
    })),
    roots: sizes.map(([name, sizeBytes]) => ({
      sha256: sha256(name),
      sizeBytes,
      mtimeMs: MTIME_MS,
      combined: [sha256("one", name), sha256("two", name)],
    })),
  });
  assert.equal(readBytes, 110_000_002 + 30, "each file is read once");
});

test("real hasher: does many small jobs in workers, each once", async () => {
  const jobs = Array.from({ length: 2500 }, (_, index) => ({
    metadata: paths(index % 2 === 0 ? "one" : "two"),
    roots: paths("root"),
    sizeBytes: 16,
  }));
  const outcomes = await hashAll(createHasher(workerUrl()), jobs);
  assert.equal(outcomes.length, jobs.length);
  outcomes.forEach((outcome, index) => {
    assert.ok("roots" in outcome);
    assert.equal(outcome.metadata[0]?.sha256, index % 2 === 0 ? ONE : TWO);
  });
});

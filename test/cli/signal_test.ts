import assert from "node:assert/strict";
import {
  existsSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { simplestreams, startSimplestreams, succeed, until } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import {
  assertFilesExist,
  listTree,
  LONG_AGO,
  SOURCE_FOLDER,
  writeSampleTree,
  writeSource,
  writeVersion,
} from "../support/trees.ts";

const SIGNALS = [["SIGINT", 130], ["SIGTERM", 143]] as const;
const BIG = "debian/12/amd64/default/20240109_00:00";

/** The documents' folder, and what is in it that would be seen to change. */
function streamsOf(root: string): readonly string[] {
  return listTree(join(root, "streams"));
}

async function writeSlowTree(root: string): Promise<void> {
  writeSampleTree(root);
  await succeed(["-N", root]);
  const path = join(writeVersion(root, BIG), "root.tar.xz");
  truncateSync(path, 12 * 2 ** 30);
  utimesSync(path, LONG_AGO, LONG_AGO);
}

/** Whether a process has a file below a directory open. */
function isReading(pid: number | undefined, directory: string): boolean {
  const descriptors = `/proc/${pid}/fd`;
  try {
    return readdirSync(descriptors).some((name) =>
      readlinkSync(join(descriptors, name)).startsWith(directory)
    );
  } catch {
    // A descriptor is gone, or the process is
    return false;
  }
}

describe("simplestreams -N, interrupted while it digests a big file", { concurrency: 2 }, () => {
  for (const [signal, expected] of SIGNALS) {
    it(`ends with ${expected} at once on ${signal}, documents and lock as they were`, async (test) => {
      const root = makeTempDirectory(test);
      await writeSlowTree(root);
      const before = streamsOf(root);
      const run = startSimplestreams(test, ["-N", root]);
      await until("it digests", () => isReading(run.process.pid, join(root, "images", BIG)));
      const started = performance.now();
      run.process.kill(signal);
      const { status, stdout } = await run.finished;
      assert.ok(performance.now() - started < 5000);
      assert.equal(status, expected);
      assert.equal(stdout, "");
      assert.deepEqual(streamsOf(root), before);
      rmSync(join(root, "images", BIG), { recursive: true });
      await succeed(["-N", root]);
      assertFilesExist(root);
    });
  }
});

describe("simplestreams -N -i, interrupted while it copies a big file", () => {
  for (const [signal, expected] of SIGNALS) {
    it(`ends with ${expected} at once on ${signal}, the source untouched`, async (test) => {
      const [root, source] = [makeTempDirectory(test), makeTempDirectory(test)];
      await writeSource(source, { roots: {} });
      const big = join(makeTempDirectory(test), "big");
      writeFileSync(big, "");
      truncateSync(big, 4 * 2 ** 30);
      // What a link leads to is copied, as are all files from another file system.
      symlinkSync(big, join(source, "root.squashfs"));
      const before = sourceFiles(source);
      const run = startSimplestreams(test, ["-N", "-i", source, root]);
      const product = join(root, "images", SOURCE_FOLDER, "..");
      await until("it copies", () => copiedBytes(product) > 0);
      run.process.kill(signal);
      assert.equal((await run.finished).status, expected);
      assert.ok(copiedBytes(product) < statSync(big).size, "it copied on to the end");
      assert.deepEqual(sourceFiles(source), before);
      assert.ok(readdirSync(product).every((name) => name.startsWith(".")));
    });
  }
});

/** The files of a source, but for the time at which a file came to a second name. */
function sourceFiles(source: string): readonly string[] {
  return listTree(source).map((line) => line.slice(0, line.lastIndexOf(" ")));
}

/** How much has come to the folder in which an import puts a version together. */
function copiedBytes(product: string): number {
  const names = existsSync(product) ? readdirSync(product) : [];
  const [path = ""] = names.map((name) => join(product, name, "root.squashfs"));
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

describe("simplestreams, interrupted while it waits for the lock", () => {
  for (const [signal, expected] of SIGNALS) {
    it(`ends with ${expected} on ${signal}`, async (test) => {
      const root = makeTempDirectory(test);
      await writeSlowTree(root);
      const holder = startSimplestreams(test, ["-N", root]);
      const folder = join(root, "images", BIG);
      await until("the first digests", () => isReading(holder.process.pid, folder));
      const started = performance.now();
      assert.equal((await simplestreams(["-N", root])).status, 4);
      const turnedAwayMs = performance.now() - started;
      const waiter = startSimplestreams(test, ["-N", "--wait", "60", root]);
      // Nothing can be seen of it: so long that it must be waiting
      await new Promise((resolve) => setTimeout(resolve, 3 * turnedAwayMs + 300));
      waiter.process.kill(signal);
      assert.equal((await waiter.finished).status, expected);
      assert.equal(holder.process.exitCode, null);
    });
  }
});

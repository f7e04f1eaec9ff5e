import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import {
  type Running,
  simplestreams,
  startSimplestreams,
  succeed,
  throughShell,
  until,
} from "../support/command.ts";
import { CANNOT_MOUNT, makeTempDirectory } from "../support/temp_directory.ts";
import {
  assertFilesExist,
  listTree,
  LONG_AGO,
  writeSampleTree,
  writeSource,
  writeVersion,
} from "../support/trees.ts";

const BIG = "debian/12/amd64/default/20240109_00:00";
const SECOND_MS = 1000;

/** A published tree to which a version has come that takes seconds to digest. */
async function writeSlowTree(root: string): Promise<void> {
  writeSampleTree(root);
  await succeed(["-N", root]);
  const path = join(writeVersion(root, BIG), "root.tar.xz");
  truncateSync(path, 12 * 2 ** 30);
  utimesSync(path, LONG_AGO, LONG_AGO);
}

/** Removes what takes so long. */
function removeBig(root: string): void {
  rmSync(join(root, "images", BIG), { recursive: true });
}

/** Starts a run and waits until it holds the lock and digests. */
async function startHolder(test: TestContext, root: string): Promise<Running> {
  const holder = startSimplestreams(test, ["-N", root]);
  await until("the lock is held", () => lockHolder(root) === holder.process.pid);
  return holder;
}

function lockHolder(root: string): number | undefined {
  try {
    return JSON.parse(readFileSync(lockPath(root), "utf8")).pid;
  } catch {
    // Free, or just being made or removed
    return undefined;
  }
}

/** The highest of the lock files is the one that counts. */
function lockPath(root: string): string {
  const folder = join(root, ".simplestreams");
  const numbers = readdirSync(folder).filter((name) => name.startsWith("lock."))
    .map((name) => Number(name.slice("lock.".length)));
  return join(folder, `lock.${Math.max(...numbers)}`);
}

describe("The lock", { concurrency: 2 }, () => {
  it("lets one of two writing runs through and turns the other away with 4", async (test) => {
    const root = makeTempDirectory(test);
    await writeSlowTree(root);
    const before = listTree(join(root, "streams"));
    const holder = await startHolder(test, root);
    const { status, stdout, stderr } = await simplestreams(["-N", root]);
    assert.equal(status, 4);
    assert.equal(stdout, "");
    assert.match(stderr, /^error: Cannot write to "[^\n]*another run[^\n]*--wait[^\n]*\n$/);
    assert.ok(stderr.includes(`process ${holder.process.pid} on `), stderr);
    assert.deepEqual(listTree(join(root, "streams")), before);
    assert.equal(holder.process.exitCode, null, "the holder goes on");
  });

  it("turns an import away, leaving its files", async (test) => {
    const [root, source] = [makeTempDirectory(test), makeTempDirectory(test)];
    await writeSlowTree(root);
    await writeSource(source);
    const before = listTree(source);
    await startHolder(test, root);
    mkdirSync(join(root, "images"), { recursive: true });
    const direct = await simplestreams(["-N", "-i", source, root]);
    assert.equal(direct.status, 4, direct.stderr);
    const { stdout } = await simplestreams(["-N", "--json", "-i", source, `${root}/`]);
    assert.equal(JSON.parse(stdout).error.code, "LOCKED");
    assert.deepEqual(listTree(source), before);
  });

  it("does not concern dry runs", async (test) => {
    const [root, source] = [makeTempDirectory(test), makeTempDirectory(test)];
    await writeSlowTree(root);
    await writeSource(source);
    await startHolder(test, root);
    await succeed(["-i", source, root]);
    removeBig(root);
    await succeed([root]);
  });

  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    it(`is free at once when its holder ends by ${signal}`, async (test) => {
      const root = makeTempDirectory(test);
      await writeSlowTree(root);
      const holder = await startHolder(test, root);
      holder.process.kill(signal);
      await holder.finished;
      removeBig(root);
      const started = performance.now();
      await succeed(["-N", root]);
      assert.ok(performance.now() - started < 5 * SECOND_MS);
      assertFilesExist(root);
    });
  }

  it("is free at once when its holder is killed and nobody asks what became of it", {
    skip: existsSync("/proc/self/stat") ? false : "needs /proc",
  }, async (test) => {
    const root = makeTempDirectory(test);
    await writeSlowTree(root);
    // As PID 1 of many a container: a parent that never waits for its children
    startSimplestreams(test, ["-N", root], { through: throughShell('"$@" & exec sleep 120') });
    await until("the lock is held", () => lockHolder(root) !== undefined);
    const pid = lockHolder(root) ?? NaN;
    process.kill(pid, "SIGKILL");
    const stat = () => readFileSync(`/proc/${pid}/stat`, "utf8");
    await until("it is a zombie", () => /\) Z /.test(stat()));
    removeBig(root);
    await succeed(["-N", root]);
    assert.match(stat(), /\) Z /, "it is one still");
  });

  it("is waited for with --wait, and no longer than that", async (test) => {
    const root = makeTempDirectory(test);
    await writeSlowTree(root);
    const holder = await startHolder(test, root);
    const started = performance.now();
    const impatient = await simplestreams(["-N", "--wait", "0.5", root]);
    assert.equal(impatient.status, 4, impatient.stderr);
    assert.ok(performance.now() - started >= 0.5 * SECOND_MS);

    const patient = startSimplestreams(test, ["-N", "--wait", "60", root]);
    await new Promise((resolve) => setTimeout(resolve, 0.5 * SECOND_MS));
    assert.equal(patient.process.exitCode, null, "it waits");
    removeBig(root);
    holder.process.kill("SIGTERM");
    const { status, stderr } = await patient.finished;
    assert.equal(status, 0, stderr);
    assertFilesExist(root);
  });

  it("is taken over from a holder that died on the same number", async (test) => {
    const root = makeTempDirectory(test);
    await writeSlowTree(root);
    const holder = await startHolder(test, root);
    const path = lockPath(root);
    const text = readFileSync(path, "utf8");
    holder.process.kill("SIGKILL");
    await holder.finished;
    removeBig(root);
    // This process runs, and is not the one that took the lock.
    const fields = JSON.parse(text);
    writeFileSync(path, JSON.stringify({ ...fields, pid: process.pid }));
    await succeed(["-N", root]);
  });

  it("is taken over from a holder of an earlier boot when it has been silent for long", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    mkdirSync(join(root, ".simplestreams"));
    const holder = { host: "elsewhere", pid: 1, scope: "another boot", started: "1" };
    const path = join(root, ".simplestreams/lock.7");
    writeFileSync(path, JSON.stringify(holder));
    assert.equal((await simplestreams(["-N", root])).status, 4);
    utimesSync(path, LONG_AGO, LONG_AGO);
    await succeed(["-N", root]);
  });

  for (const garbage of ["", "garbage", "{}", "\0\0\0\0"]) {
    it(`is not shut by a file with ${JSON.stringify(garbage)} in it`, async (test) => {
      const root = makeTempDirectory(test);
      writeSampleTree(root);
      mkdirSync(join(root, ".simplestreams"));
      const path = join(root, ".simplestreams/lock.1");
      writeFileSync(path, garbage);
      utimesSync(path, LONG_AGO, LONG_AGO);
      await succeed(["-N", root]);
    });
  }

  it("is not taken from who runs, where /proc hides other users", {
    skip: CANNOT_MOUNT,
  }, async (test) => {
    const root = makeTempDirectory(test);
    await writeSlowTree(root);
    await startHolder(test, root);
    const hidden = 'mount -t proc -o hidepid=2 proc /proc && chmod -R a+rwX "$ROOT" && ' +
      'exec setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"';
    const other = await simplestreams(["-N", root], {
      through: ["unshare", "-m", "env", `ROOT=${root}`, "sh", "-c", hidden, "sh"],
    });
    assert.equal(other.status, 4, other.stderr);
  });
});

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { createLocker } from "../../core/adapters/lock.ts";
import { createMemoryLocker } from "../../core/adapters/memory_locker.ts";
import { identifyProcess } from "../../core/adapters/process_identity.ts";
import type { LockName } from "../../core/ports.ts";

const top = mkdtempSync(`${tmpdir()}/simplestreams-lock-`);
after(() => rmSync(top, { recursive: true }));

function newRoot(): string {
  return mkdtempSync(`${top}/root-`);
}

/** Leaves the lock file that a process with this identity would have left. */
function plantHolder(root: string, identity: object | string, file = "lock.7"): void {
  mkdirSync(`${root}/.simplestreams`);
  const text = typeof identity === "string" ? identity : JSON.stringify(identity);
  writeFileSync(`${root}/.simplestreams/${file}`, text);
}

/** Lock files by what the lock is for. */
const FILES: readonly (readonly [LockName, string])[] = [
  ["index", "lock"],
  ["settings", "settings-lock"],
];

const memory = createMemoryLocker();
for (
  const [adapter, open] of [
    ["memory", () => memory],
    ["real", createLocker],
  ] as const
) {
  test(`${adapter} locker: acquire() lets one holder in at a time, whoever asks`, async () => {
    const root = newRoot();
    for (const [name] of FILES) {
      let holders = 0;
      await Promise.all(Array.from({ length: 20 }, async () => {
        const lock = await open().acquire(root, { waitMs: 60_000, name });
        assert.equal(++holders, 1);
        await Promise.resolve();
        holders--;
        lock.release();
      }));
    }
  });

  test(`${adapter} locker: acquire() refuses a second holder, and waits as long as it is told to`, async () => {
    const root = newRoot();
    for (const [name] of FILES) {
      const lock = await open().acquire(root, { waitMs: 0, name });
      await assert.rejects(open().acquire(root, { waitMs: 0, name }), { code: "LOCKED" });
      const second = open().acquire(root, { waitMs: 60_000, name });
      lock.release();
      (await second).release();
    }
  });

  test(`${adapter} locker: acquire() gives the locks of two names and of two roots to two holders`, async () => {
    const root = newRoot();
    const index = await open().acquire(root, { waitMs: 0 });
    const settings = await open().acquire(root, { waitMs: 0, name: "settings" });
    const other = await open().acquire(newRoot(), { waitMs: 0 });
    await assert.rejects(open().acquire(root, { waitMs: 0, name: "index" }), { code: "LOCKED" });
    index.release();
    (await open().acquire(root, { waitMs: 0, name: "index" })).release();
    const again = open().acquire(root, { waitMs: 0, name: "settings" });
    await assert.rejects(again, { code: "LOCKED" });
    settings.release();
    other.release();
  });

  test(`${adapter} locker: release() gives back its own lock, once`, async () => {
    const root = newRoot();
    const first = await open().acquire(root, { waitMs: 0 });
    first.release();
    const second = await open().acquire(root, { waitMs: 0 });
    first.release();
    await assert.rejects(open().acquire(root, { waitMs: 0 }), { code: "LOCKED" });
    second.release();
  });
}

test("acquire() tells who the holder is when it refuses", async () => {
  const root = newRoot();
  for (const [name] of FILES) {
    const lock = await createLocker().acquire(root, { waitMs: 0, name });
    await assert.rejects(createLocker().acquire(root, { waitMs: 0, name }), (error: Error) => {
      assert.ok("code" in error && error.code === "LOCKED");
      assert.match(error.message, new RegExp(`process ${process.pid} `));
      return true;
    });
    lock.release();
  }
});

test("release() leaves one free file of each lock, in place of those before it", async () => {
  const root = newRoot();
  for (const [name] of [...FILES, ...FILES]) {
    (await createLocker().acquire(root, { waitMs: 0, name })).release();
  }
  const files = readdirSync(`${root}/.simplestreams`).sort();
  assert.deepEqual(files, ["lock.2", "settings-lock.2"]);
  for (const file of files) {
    assert.equal(readFileSync(`${root}/.simplestreams/${file}`, "utf8"), "free\n");
  }
});

for (const [name, file] of FILES) {
  test(`acquire() takes over the ${name} lock from a process that is no more`, async () => {
    const root = newRoot();
    plantHolder(root, { ...identifyProcess(), pid: 2 ** 22 + 1 }, `${file}.7`);
    (await createLocker().acquire(root, { waitMs: 0, name })).release();
    assert.deepEqual(readdirSync(`${root}/.simplestreams`), [`${file}.8`]);
  });
}

test("acquire() takes no other file of the folder for a lock", async () => {
  const root = newRoot();
  for (const file of ["back.7", "lock.x", "lock.", "old-settings-lock.7"]) {
    rmSync(`${root}/.simplestreams`, { recursive: true, force: true });
    plantHolder(root, identifyProcess(), file);
    for (const [name] of FILES) (await createLocker().acquire(root, { waitMs: 0, name })).release();
    const files = readdirSync(`${root}/.simplestreams`).sort();
    assert.deepEqual(files, [file, "lock.1", "settings-lock.1"].sort());
  }
});

test("acquire() takes over from a process whose number another one has now", async () => {
  const root = newRoot();
  plantHolder(root, { ...identifyProcess(), started: "1" });
  (await createLocker().acquire(root, { waitMs: 0 })).release();
});

test("acquire() believes a process that it cannot see, while the lock file is young", async () => {
  const root = newRoot();
  plantHolder(root, { ...identifyProcess(), scope: "another host" });
  await assert.rejects(createLocker().acquire(root, { waitMs: 0 }), { code: "LOCKED" });
});

test("acquire() waits for whoever is just writing down who it is", async () => {
  const root = newRoot();
  plantHolder(root, "");
  await assert.rejects(createLocker().acquire(root, { waitMs: 0 }), { code: "LOCKED" });
});

test("acquire() says what is wrong when the root cannot be written to", async () => {
  await assert.rejects(createLocker().acquire(`${top}/missing`, { waitMs: 0 }), {
    name: "StorageError",
  });
});

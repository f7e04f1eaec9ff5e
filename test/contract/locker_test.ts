import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { createLocker } from "../../core/adapters/lock.ts";
import { identifyProcess } from "../../core/adapters/process_identity.ts";

const top = mkdtempSync(`${tmpdir()}/simplestreams-lock-`);
after(() => rmSync(top, { recursive: true }));

function newRoot(): string {
  return mkdtempSync(`${top}/root-`);
}

/** Leaves the lock file that a process with this identity would have left. */
function plantHolder(root: string, identity: object | string): void {
  mkdirSync(`${root}/.simplestreams`);
  const text = typeof identity === "string" ? identity : JSON.stringify(identity);
  writeFileSync(`${root}/.simplestreams/lock.7`, text);
}

test("acquire() refuses a second holder, and tells who the first is", async () => {
  const root = newRoot();
  const lock = await createLocker().acquire(root, { waitMs: 0 });
  await assert.rejects(createLocker().acquire(root, { waitMs: 0 }), (error: Error) => {
    assert.ok("code" in error && error.code === "LOCKED");
    assert.match(error.message, new RegExp(`process ${process.pid} `));
    return true;
  });
  lock.release();
  (await createLocker().acquire(root, { waitMs: 0 })).release();
});

test("acquire() waits as long as it is told to", async () => {
  const root = newRoot();
  const lock = await createLocker().acquire(root, { waitMs: 0 });
  const second = createLocker().acquire(root, { waitMs: 60_000 });
  lock.release();
  (await second).release();
});

test("acquire() lets one holder in at a time, whoever asks", async () => {
  const root = newRoot();
  let holders = 0;
  await Promise.all(Array.from({ length: 20 }, async () => {
    const lock = await createLocker().acquire(root, { waitMs: 60_000 });
    assert.equal(++holders, 1);
    await Promise.resolve();
    holders--;
    lock.release();
  }));
  assert.equal(readdirSync(`${root}/.simplestreams`).length, 1);
});

test("acquire() takes over from a process that is no more", async () => {
  const root = newRoot();
  plantHolder(root, { ...identifyProcess(), pid: 2 ** 22 + 1 });
  (await createLocker().acquire(root, { waitMs: 0 })).release();
  assert.deepEqual(readdirSync(`${root}/.simplestreams`), ["lock.8"]);
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

test("release() gives back its own lock, once", async () => {
  const root = newRoot();
  const first = await createLocker().acquire(root, { waitMs: 0 });
  first.release();
  const second = await createLocker().acquire(root, { waitMs: 0 });
  first.release();
  await assert.rejects(createLocker().acquire(root, { waitMs: 0 }), { code: "LOCKED" });
  second.release();
  assert.equal(readFileSync(`${root}/.simplestreams/lock.2`, "utf8"), "free\n");
});

test("acquire() says what is wrong when the root cannot be written to", async () => {
  await assert.rejects(createLocker().acquire(`${top}/missing`, { waitMs: 0 }), {
    name: "StorageError",
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { HtpasswdEntry } from "../../../server/access/htpasswd.ts";
import {
  createPasswordChecker,
  type PasswordChecker,
} from "../../../server/access/password_checker.ts";
import { HttpProblem } from "../../../server/problem.ts";

const USERS: readonly HtpasswdEntry[] = [
  { user: "alice", hash: "hash of a" },
  { user: "bob", hash: "hash of b" },
];

/** A hash that tells how often it was asked for, and answers when it is let. */
function createHashes() {
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  return {
    asked,
    matches(password: string, hash: string): Promise<boolean> {
      asked.push(hash);
      return new Promise((resolve) => answers.push(() => resolve(hash === `hash of ${password}`)));
    },
    /** Lets all be answered, those too that are asked for after it. */
    async answerAll(): Promise<void> {
      for (let turn = 0; turn < 500; turn++) {
        answers.shift()?.();
        await Promise.resolve();
      }
    },
  };
}

function check(checker: PasswordChecker, user: string, password: string, users = USERS) {
  let paid = 0;
  const result = checker.isRight(users, { user, password }, {
    beforeHash() {
      paid++;
      return Promise.resolve();
    },
  });
  return { result, paid: () => paid };
}

async function ask(
  [checker, hashes]: readonly [PasswordChecker, ReturnType<typeof createHashes>],
  [user, password]: readonly [string, string],
  users = USERS,
): Promise<boolean> {
  const { result } = check(checker, user, password, users);
  await hashes.answerAll();
  return await result;
}

test("isRight() spends no hash on what was right before", async () => {
  const hashes = createHashes();
  const both = [createPasswordChecker(hashes.matches), hashes] as const;
  assert.equal(await ask(both, ["alice", "a"]), true);
  assert.equal(hashes.asked.length, 1);
  const again = check(both[0], "alice", "a");
  assert.equal(await again.result, true);
  assert.equal(again.paid(), 0);
  assert.equal(await ask(both, ["alice", "b"]), false);
  assert.equal(await ask(both, ["bob", "a"]), false);
  assert.equal(hashes.asked.length, 3);
});

test("isRight() remembers nothing that was wrong", async () => {
  const hashes = createHashes();
  const both = [createPasswordChecker(hashes.matches), hashes] as const;
  assert.equal(await ask(both, ["alice", "b"]), false);
  assert.equal(await ask(both, ["alice", "b"]), false);
  assert.equal(hashes.asked.length, 2);
});

test("isRight() forgets a user whose entry was read anew", async () => {
  const hashes = createHashes();
  const both = [createPasswordChecker(hashes.matches), hashes] as const;
  assert.equal(await ask(both, ["alice", "a"]), true);
  assert.equal(await ask(both, ["alice", "a"], [{ user: "alice", hash: "hash of c" }]), false);
  assert.equal(await ask(both, ["alice", "a"], [{ user: "bob", hash: "hash of a" }]), false);
  assert.equal(hashes.asked.length, 3);
});

test("isRight() spends one hash on an unknown user, of the same entry each time", async () => {
  const hashes = createHashes();
  const both = [createPasswordChecker(hashes.matches), hashes] as const;
  for (const password of ["a", "b", "c"]) {
    assert.equal(await ask(both, ["carol", password]), false);
  }
  assert.equal(hashes.asked.length, 3);
  assert.equal(new Set(hashes.asked).size, 1);
});

test("isRight() makes one hash at a time, and one for twins", async () => {
  const hashes = createHashes();
  const checker = createPasswordChecker(hashes.matches);
  const checks = [
    check(checker, "alice", "a"),
    check(checker, "alice", "a"),
    check(checker, "bob", "b"),
  ];
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  assert.deepEqual(hashes.asked, ["hash of a"]);
  await hashes.answerAll();
  assert.deepEqual(await Promise.all(checks.map(({ result }) => result)), [true, true, true]);
  assert.deepEqual(hashes.asked, ["hash of a", "hash of b"]);
  assert.deepEqual(checks.map(({ paid }) => paid()), [1, 0, 1]);
});

test("isRight() refuses at once when 50 wait, and takes more when they are done", async () => {
  const hashes = createHashes();
  const checker = createPasswordChecker(hashes.matches);
  const waiting = Array.from({ length: 50 }, (_, index) => check(checker, "bob", `${index}`));
  await assert.rejects(check(checker, "bob", "b").result, (error) => {
    assert.ok(error instanceof HttpProblem);
    assert.equal(error.code, "TOO_MANY_REQUESTS");
    assert.equal(error.extras.headers?.["Retry-After"], "5");
    return true;
  });
  assert.equal(hashes.asked.length, 1);
  await hashes.answerAll();
  await Promise.all(waiting.map(({ result }) => result));
  assert.equal(await ask([checker, hashes], ["bob", "b"]), true);
});

test("isRight() spends no hash when what comes before it says no, and goes on working", async () => {
  const hashes = createHashes();
  const checker = createPasswordChecker(hashes.matches);
  const credentials = { user: "alice", password: "a" };
  const refused = checker.isRight(USERS, credentials, {
    beforeHash: () => Promise.reject(new Error("slow down")),
  });
  await assert.rejects(refused, /slow down/);
  assert.equal(hashes.asked.length, 0);
  assert.equal(await ask([checker, hashes], ["alice", "a"]), true);
});

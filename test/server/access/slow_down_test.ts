import assert from "node:assert/strict";
import { test } from "node:test";
import { createSlowDown, type SlowDown } from "../../../server/access/slow_down.ts";
import { HttpProblem } from "../../../server/problem.ts";

/** Time that passes when the test says so. */
function createTime() {
  let now = Date.UTC(2024, 1, 29);
  const sleepers: { readonly until: number; readonly wake: () => void }[] = [];
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }
  return {
    clock: { now: () => new Date(now) },
    sleep: (durationMs: number) =>
      new Promise<void>((wake) => sleepers.push({ until: now + durationMs, wake })),
    settle,
    async pass(durationMs: number): Promise<void> {
      const end = now + durationMs;
      for (;;) {
        await settle();
        const due = sleepers.findIndex(({ until }) => until <= end);
        if (due === -1) break;
        const [sleeper] = sleepers.splice(due, 1);
        now = sleeper?.until ?? now;
        sleeper?.wake();
      }
      now = end;
    },
  };
}

/** Counts so many wrong ones; returns how many of them are let go by now. */
function countWrongs(slowDown: SlowDown, address: string, times: number): () => number {
  let done = 0;
  for (let time = 0; time < times; time++) {
    slowDown.countWrong(address).then(() => done++, () => undefined);
  }
  return () => done;
}

function assertTooMany(retryAfter: string) {
  return (error: unknown) => {
    assert.ok(error instanceof HttpProblem);
    assert.equal(error.code, "TOO_MANY_REQUESTS");
    assert.equal(error.extras.headers?.["Retry-After"], retryAfter);
    return true;
  };
}

test("countWrong() lets ten a minute go and each further one a second after the other", async () => {
  const time = createTime();
  const done = countWrongs(createSlowDown(time), "192.0.2.1", 13);
  await time.settle();
  assert.equal(done(), 10);
  await time.pass(999);
  assert.equal(done(), 10);
  await time.pass(1);
  await time.settle();
  assert.equal(done(), 11);
  await time.pass(2000);
  await time.settle();
  assert.equal(done(), 13);
});

test("countWrong() counts the last minute only", async () => {
  const time = createTime();
  const slowDown = createSlowDown(time);
  for (let round = 0; round < 3; round++) {
    const done = countWrongs(slowDown, "192.0.2.1", 10);
    await time.settle();
    assert.equal(done(), 10);
    await time.pass(60_000);
  }
  countWrongs(slowDown, "192.0.2.1", 10);
  await time.pass(59_999);
  const late = countWrongs(slowDown, "192.0.2.1", 1);
  await time.settle();
  assert.equal(late(), 0);
});

test("countWrong() goes on slowing an address that goes on being wrong", async () => {
  const time = createTime();
  const slowDown = createSlowDown(time);
  countWrongs(slowDown, "192.0.2.1", 10);
  for (let second = 0; second < 120; second++) {
    const done = countWrongs(slowDown, "192.0.2.1", 1);
    await time.settle();
    assert.equal(done(), 0, `second ${second}`);
    await time.pass(1000);
    await time.settle();
    assert.equal(done(), 1);
  }
});

test("countWrong() refuses when 20 wait at an address, until they are fewer", async () => {
  const time = createTime();
  const slowDown = createSlowDown(time);
  const done = countWrongs(slowDown, "192.0.2.1", 30);
  await assert.rejects(slowDown.countWrong("192.0.2.1"), assertTooMany("20"));
  await time.pass(1000);
  await time.settle();
  assert.equal(done(), 11);
  const next = countWrongs(slowDown, "192.0.2.1", 1);
  await assert.rejects(slowDown.countWrong("192.0.2.1"), assertTooMany("20"));
  await time.pass(20_000);
  await time.settle();
  assert.equal(next(), 1);
});

test("countWrong() counts each address for itself, and an IPv6 network as one", async () => {
  const time = createTime();
  const slowDown = createSlowDown(time);
  countWrongs(slowDown, "192.0.2.1", 10);
  countWrongs(slowDown, "2001:db8::1", 10);
  const others = countWrongs(slowDown, "192.0.2.2", 1);
  const neighbours = countWrongs(slowDown, "2001:db8::2", 1);
  await time.settle();
  assert.equal(others(), 1);
  assert.equal(neighbours(), 0);
  const mapped = countWrongs(slowDown, "::ffff:192.0.2.1", 1);
  await time.settle();
  assert.equal(mapped(), 0);
});

test("takeBack() makes an attempt as if it had not been", async () => {
  const time = createTime();
  const slowDown = createSlowDown(time);
  for (let time = 0; time < 40; time++) {
    await slowDown.countWrong("192.0.2.1");
    slowDown.takeBack("192.0.2.1");
  }
  slowDown.takeBack("192.0.2.9");
  const done = countWrongs(slowDown, "192.0.2.1", 11);
  await time.settle();
  assert.equal(done(), 10);
});

test("countWrong() forgets the address that was quiet for longest when there are 10,000", async () => {
  const time = createTime();
  const slowDown = createSlowDown(time);
  countWrongs(slowDown, "quiet", 10);
  countWrongs(slowDown, "busy", 9);
  for (let other = 0; other < 9998; other++) countWrongs(slowDown, `other ${other}`, 1);
  countWrongs(slowDown, "busy", 1);
  countWrongs(slowDown, "one more", 1);
  const quiet = countWrongs(slowDown, "quiet", 1);
  const busy = countWrongs(slowDown, "busy", 1);
  await time.settle();
  assert.equal(quiet(), 1);
  assert.equal(busy(), 0);
});

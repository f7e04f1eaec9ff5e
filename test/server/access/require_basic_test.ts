import assert from "node:assert/strict";
import { test } from "node:test";
import { parseHtpasswd } from "../../../server/access/htpasswd.ts";
import { createPasswordChecker } from "../../../server/access/password_checker.ts";
import { requireBasic } from "../../../server/access/require_basic.ts";
import { createSlowDown } from "../../../server/access/slow_down.ts";
import { type Ask, serveBehind } from "./access_app.ts";

// Made by `htpasswd -niB -C 4`, with "correct horse" and "Grüße: ☃".
const USERS = parseHtpasswd(
  "alice:$2y$04$nUmrZ3/Z/fYv4tYiSGMUWu1USDhtsUyQB47YS91.U5hMa4kHs6qWa\n" +
    "bob:$2y$04$iGfNMsGNSEzuTtV.iObAk.FKnb3GeOhmqboh9mwIK5fFj3/s5i3Ta\n",
  "users",
);
const CHALLENGE = `Basic realm="simplestreams", charset="UTF-8"`;
// printf 'alice:correct horse' | base64, and so on.
const ALICE = "Basic YWxpY2U6Y29ycmVjdCBob3JzZQ==";
const BOB = "Basic Ym9iOkdyw7zDn2U6IOKYgw==";

function serve(
  sleep: (durationMs: number) => Promise<void> = () => Promise.resolve(),
): { readonly ask: Ask; readonly slept: () => number } {
  let slept = 0;
  const slowDown = createSlowDown({
    clock: { now: () => new Date(0) },
    sleep(durationMs) {
      slept += durationMs;
      return sleep(durationMs);
    },
  });
  const users = { current: () => USERS };
  const ask = serveBehind(requireBasic({ users, passwords: createPasswordChecker(), slowDown }));
  return { ask, slept: () => slept };
}

function basic(text: string) {
  return { Authorization: `Basic ${Buffer.from(text).toString("base64")}` };
}

test("requireBasic() lets in who has a right password, and says who it is", async () => {
  const { ask } = serve();
  const { status, text, challenge } = await ask("192.0.2.1", { Authorization: ALICE });
  assert.deepEqual([status, text, challenge], [200, "hello alice", null]);
  assert.equal((await ask("192.0.2.1", { Authorization: BOB })).text, "hello bob");
  const loose = { Authorization: BOB.replace("Basic", "basic ").replace("==", " ") };
  assert.equal((await ask("", loose)).text, "hello bob");
});

test("requireBasic() asks for a password that is missing, however often", async () => {
  const { ask, slept } = serve();
  for (const authorization of ["", "Basic", "Bearer 0123456789abcdef", ALICE.slice(6)]) {
    for (let time = 0; time < 10; time++) {
      const answer = await ask("192.0.2.1", { Authorization: authorization });
      assert.deepEqual([answer.status, answer.challenge], [401, CHALLENGE]);
    }
  }
  assert.equal(slept(), 0);
});

test("requireBasic() refuses what is wrong and says the same of users and passwords", async () => {
  const { ask } = serve();
  const texts = await Promise.all(
    [
      basic("alice:wrong"),
      basic("carol:correct horse"),
      basic("alice:"),
      basic(":"),
      basic("alice"),
      basic("alice:correct horse\0"),
      basic("alice:correct horse\n"),
      { Authorization: `${ALICE}*` },
      // é as ISO 8859-1 has it, printf 'alice:\351' | base64
      { Authorization: "Basic YWxpY2U66Q==" },
    ].map(async (headers) => {
      const answer = await ask("192.0.2.1", headers);
      assert.deepEqual([answer.status, answer.challenge], [401, CHALLENGE]);
      return answer.text;
    }),
  );
  assert.equal(new Set(texts).size, 1);
  assert.match(texts[0] ?? "", /72 bytes/);
});

test("requireBasic() slows the passwords of one address after ten wrong ones", async () => {
  const { ask, slept } = serve();
  for (let time = 0; time < 10; time++) await ask("192.0.2.1", basic(`alice:${time}`));
  assert.equal(slept(), 0);
  assert.equal((await ask("192.0.2.1", basic("alice:10"))).status, 401);
  assert.equal(slept(), 1000);
  await ask("192.0.2.1", { Authorization: "Basic *" });
  assert.equal(slept(), 2000);
});

test("requireBasic() never slows a password that was right before", async () => {
  const { ask, slept } = serve();
  for (let time = 0; time < 30; time++) await ask("192.0.2.1", { Authorization: ALICE });
  assert.equal(slept(), 0);
  for (let time = 0; time < 10; time++) await ask("192.0.2.1", basic(`alice:${time}`));
  assert.equal((await ask("192.0.2.1", { Authorization: ALICE })).status, 200);
  assert.equal(slept(), 0);
  assert.equal((await ask("192.0.2.1", { Authorization: BOB })).status, 200);
  assert.equal(slept(), 1000);
});

test("requireBasic() has an address pay before a hash is spent on it", async () => {
  const { ask } = serve(() => new Promise(() => {}));
  const answers = Array.from(
    { length: 30 },
    (_, time) => ask("192.0.2.1", basic(`alice:${time}`)),
  );
  await Promise.all(answers.slice(0, 10));
  const answer = await ask("192.0.2.1", basic("alice:30"));
  assert.deepEqual([answer.status, answer.retryAfter], [429, "20"]);
  assert.equal((await ask("192.0.2.2", { Authorization: ALICE })).status, 200);
});

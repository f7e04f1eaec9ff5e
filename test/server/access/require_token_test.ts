import assert from "node:assert/strict";
import { test } from "node:test";
import { requireToken } from "../../../server/access/require_token.ts";
import { createSlowDown } from "../../../server/access/slow_down.ts";
import { parseTokenFile } from "../../../server/access/token_file.ts";
import { type Ask, serveBehind } from "./access_app.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const KNOWN = parseTokenFile(`ci:${TOKEN}\nother:${TOKEN}2`, "tokens");
const BARE = `Bearer realm="simplestreams"`;
const INVALID = `${BARE}, error="invalid_token"`;

function serve(): { readonly ask: Ask; readonly slept: () => number } {
  let slept = 0;
  const slowDown = createSlowDown({
    clock: { now: () => new Date(0) },
    sleep(durationMs) {
      slept += durationMs;
      return Promise.resolve();
    },
  });
  const ask = serveBehind(requireToken({ tokens: { current: () => KNOWN }, slowDown }));
  return { ask, slept: () => slept };
}

function bearer(token: string) {
  return { Authorization: `Bearer ${token}` };
}

test("requireToken() lets in who has a token, and says whose it is", async () => {
  const { ask } = serve();
  assert.deepEqual(await ask("192.0.2.1", bearer(TOKEN)), {
    status: 200,
    text: "hello ci",
    challenge: null,
    retryAfter: null,
  });
  assert.equal((await ask("", { Authorization: `bEARER  ${TOKEN}2 ` })).text, "hello other");
});

test("requireToken() asks for a token that is missing, however often", async () => {
  const { ask, slept } = serve();
  for (const authorization of ["", "Bearer", "Basic dTpw", TOKEN, `X-Bearer ${TOKEN}`]) {
    for (let time = 0; time < 10; time++) {
      const answer = await ask("192.0.2.1", { Authorization: authorization });
      assert.deepEqual([answer.status, answer.challenge], [401, BARE], authorization);
    }
  }
  assert.equal((await ask("192.0.2.1", {})).challenge, BARE);
  assert.equal(slept(), 0);
});

test("requireToken() refuses a wrong token and shows nothing of it", async () => {
  const { ask } = serve();
  for (const wrong of [TOKEN.slice(1), `ci:${TOKEN}`, `${TOKEN}, Bearer ${TOKEN}`, "ci"]) {
    const answer = await ask("192.0.2.1", bearer(wrong));
    assert.deepEqual([answer.status, answer.challenge], [401, INVALID]);
    assert.ok(!answer.text.includes(wrong), answer.text);
    assert.match(answer.text, /"code":"UNAUTHORIZED"/);
  }
});

test("requireToken() slows wrong tokens of one address after ten, and never a right one", async () => {
  const { ask, slept } = serve();
  for (let time = 0; time < 10; time++) await ask("192.0.2.1", bearer(`wrong ${time}`));
  assert.equal(slept(), 0);
  assert.equal((await ask("192.0.2.1", bearer("wrong"))).status, 401);
  assert.equal(slept(), 1000);
  assert.equal((await ask("192.0.2.1", bearer(TOKEN))).status, 200);
  assert.equal((await ask("192.0.2.2", bearer("wrong"))).status, 401);
  assert.equal(slept(), 1000);
});

test("requireToken() answers 429 when too many wrong ones wait, and lets a right one in", async () => {
  const slowDown = createSlowDown({
    clock: { now: () => new Date(0) },
    sleep: () => new Promise(() => {}),
  });
  const ask = serveBehind(requireToken({ tokens: { current: () => KNOWN }, slowDown }));
  const answers = Array.from({ length: 30 }, () => ask("192.0.2.1", bearer("wrong")));
  await Promise.all(answers.slice(0, 10));
  const answer = await ask("192.0.2.1", bearer("wrong"));
  assert.deepEqual([answer.status, answer.retryAfter], [429, "20"]);
  assert.equal((await ask("192.0.2.1", bearer(TOKEN))).status, 200);
});

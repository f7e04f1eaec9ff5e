import assert from "node:assert/strict";
import { test } from "node:test";
import { onlyLocal } from "../../../server/access/only_local.ts";
import { serveBehind } from "./access_app.ts";

const ask = serveBehind(onlyLocal());
const PEER = "127.0.0.1";

async function assertLetIn(address: string, headers: Readonly<Record<string, string>>) {
  const { status, text } = await ask(address, headers);
  assert.equal(status, 200, `${JSON.stringify(headers)}: ${text}`);
}

async function assertRefused(
  address: string,
  headers: Readonly<Record<string, string>>,
  why: RegExp,
) {
  const { status, text } = await ask(address, headers);
  assert.equal(status, 403, JSON.stringify(headers));
  assert.match(text, /"code":"FORBIDDEN"/);
  assert.match(text, /--token-file/);
  assert.match(text, why);
}

test("onlyLocal() lets in programs of this machine", async () => {
  for (const address of [PEER, "::1", "::ffff:127.0.0.1", "127.1.2.3", ""]) {
    await assertLetIn(address, { Host: "localhost:8080" });
  }
  for (const host of ["localhost", "LocalHost:1", "127.0.0.1:8080", "127.9.9.9", "[::1]:8080"]) {
    await assertLetIn(PEER, { Host: host });
  }
});

test("onlyLocal() lets in its own pages", async () => {
  await assertLetIn(PEER, {
    Host: "localhost:8080",
    Origin: "http://localhost:8080",
    "Sec-Fetch-Site": "same-origin",
  });
  await assertLetIn(PEER, { Host: "[::1]:8443", Origin: "https://[::1]:8443" });
  await assertLetIn(PEER, { Host: "localhost:80", Origin: "http://localhost" });
  await assertLetIn(PEER, { Host: "localhost", "Sec-Fetch-Site": "none" });
});

test("onlyLocal() refuses other machines", async () => {
  for (const address of ["192.0.2.1", "::2", "::ffff:192.0.2.1", "fe80::1"]) {
    await assertRefused(address, { Host: "localhost" }, /loopback address/);
  }
});

test("onlyLocal() refuses names that lead here by somebody else's will", async () => {
  const hosts = [
    ...["example.org", "localhost.example.org", "127.0.0.1.example.org", "192.0.2.1", "0.0.0.0"],
    ...["[::]", "[::2]:80", "::1", "localhost:", "localhost:80x", "user@localhost", "127.1", "a b"],
    ...["localhost, example.org", "localhost:80, localhost:80", ""],
  ];
  for (const host of hosts) await assertRefused(PEER, { Host: host }, /its Host is/);
  await assertRefused(PEER, {}, /its Host is/);
});

test("onlyLocal() refuses pages of other origins", async () => {
  const origins = [
    ...["http://example.org", "null", "", "http://localhost:8081", "http://127.0.0.1:8080"],
    ...["http://localhost", "file://", "ftp://localhost:8080", "http://localhost:8080/"],
    ...["http://localhost:8080.example.org", "http://example.org@localhost:8080", "localhost:8080"],
    "http://localhost:8080, http://localhost:8080",
  ];
  for (const origin of origins) {
    await assertRefused(PEER, { Host: "localhost:8080", Origin: origin }, /its Origin is/);
  }
});

test("onlyLocal() refuses what a browser says another site sent", async () => {
  for (const site of ["cross-site", "same-site", "", "same-origin, cross-site"]) {
    const headers = { Host: "localhost", "Sec-Fetch-Site": site };
    await assertRefused(PEER, headers, /Sec-Fetch-Site/);
  }
});

test("onlyLocal() refuses what came through a proxy", async () => {
  for (const name of ["Forwarded", "x-forwarded-for", "X-Forwarded-Host", "X-Real-Ip", "Via"]) {
    await assertRefused(PEER, { Host: "localhost", [name]: "127.0.0.1" }, /proxy/);
    await assertRefused(PEER, { Host: "localhost", [name]: "" }, /proxy/);
  }
});

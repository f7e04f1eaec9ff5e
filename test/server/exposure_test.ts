import assert from "node:assert/strict";
import { test } from "node:test";
import { describeExposure, refuseExposure } from "../../server/exposure.ts";
import type { ServerOptions } from "../../server/options.ts";

const CLOSED = ["127.0.0.1", "127.1.2.3", "localhost", "::1"];
const OPEN = ["", "0.0.0.0", "::", "192.0.2.1", "images.example.org", "127.example.org"];
const TOKENS = { tokenFile: "tokens" };
const USERS = { readAuth: "htpasswd" };
const TLS = { tlsCert: "cert.pem", tlsKey: "key.pem" };
const SELF_SIGNED = { tlsSelfSigned: "tls" };

function optionsOf(host: string, ...some: readonly Partial<ServerOptions>[]): ServerOptions {
  const base = {
    root: "/srv",
    listen: { host, port: 8080 },
    rescan: 3_600_000,
    log: "text",
  } as const;
  return Object.assign({}, base, ...some);
}

test("refuseExposure() lets a server start that only its own machine reaches", () => {
  for (const host of CLOSED) {
    for (const tokens of [{}, TOKENS]) {
      for (const users of [{}, USERS]) {
        for (const tls of [{}, TLS, SELF_SIGNED]) {
          refuseExposure(optionsOf(host, tokens, users, tls));
        }
      }
    }
  }
});

test("refuseExposure() refuses an open server without tokens, with TLS and users or without", () => {
  for (const host of OPEN) {
    for (const users of [{}, USERS]) {
      for (const tls of [{}, TLS, SELF_SIGNED]) {
        assert.throws(() => refuseExposure(optionsOf(host, users, tls)), {
          code: "USAGE",
          message: /without --token-file anybody who reaches it could index.*expected a token file/,
        });
      }
    }
  }
});

test("refuseExposure() refuses an open server with secrets in the clear, and says which", () => {
  for (const host of OPEN) {
    assert.throws(() => refuseExposure(optionsOf(host, TOKENS)), {
      code: "USAGE",
      message: /: tokens would cross the network in the clear, expected --tls-cert/,
    });
    assert.throws(() => refuseExposure(optionsOf(host, TOKENS, USERS)), {
      code: "USAGE",
      message: /: tokens and passwords would cross the network in the clear/,
    });
  }
});

test("refuseExposure() lets an open server start with tokens and TLS, users or not", () => {
  for (const host of OPEN) {
    for (const users of [{}, USERS]) {
      for (const tls of [TLS, SELF_SIGNED]) refuseExposure(optionsOf(host, TOKENS, users, tls));
    }
  }
});

test("refuseExposure() lets anything start that is said to be insecure", () => {
  for (const host of [...OPEN, ...CLOSED]) {
    for (const tokens of [{}, TOKENS]) {
      for (const users of [{}, USERS]) {
        refuseExposure(optionsOf(host, tokens, users, { insecure: true }));
      }
    }
  }
});

test("refuseExposure() refuses to protect reads that no token would open", () => {
  for (const host of [...OPEN, ...CLOSED]) {
    for (const insecure of [false, true]) {
      assert.throws(() => refuseExposure(optionsOf(host, { protectReads: true, insecure })), {
        code: "USAGE",
        message: /^Cannot protect reads: .* expected --token-file$/,
      });
    }
  }
  refuseExposure(optionsOf("::1", TOKENS, { protectReads: true }));
});

test("refuseExposure() names the address as it stands in a URL", () => {
  assert.throws(() => refuseExposure(optionsOf("::")), {
    message: /^Cannot listen on \[::\]:8080:/,
  });
});

test("describeExposure() warns of a server that anybody can change", () => {
  const insecure = { insecure: true };
  assert.match(describeExposure(optionsOf("", insecure)).join(), /anybody who reaches this server/);
  assert.deepEqual(describeExposure(optionsOf("", insecure, TOKENS)), []);
  assert.deepEqual(describeExposure(optionsOf("::1", insecure)), []);
});

test("describeExposure() warns of a private tree that the API tells of", () => {
  assert.match(describeExposure(optionsOf("::1", USERS)).join(), /see --protect-reads/);
  const all = { ...USERS, ...TOKENS, protectReads: true };
  assert.deepEqual(describeExposure(optionsOf("::1", all)), []);
});

import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { FormatError, SimplestreamsError } from "../../../core/errors.ts";
import { ensureSelfSigned } from "../../../server/tls/self_signed.ts";
import { readTlsFiles } from "../../../server/tls/tls_files.ts";
import { makeTempDirectory } from "../../support/temp_directory.ts";
import { serveHttps } from "./https_service.ts";
import { makePair, openssl } from "./openssl.ts";

const NAMES = ["images.example.org", "localhost", "127.0.0.1", "::1"];
const FILES = ["ca.crt", "ca.key", "server.crt", "server.key"];
const DAY_MS = 24 * 60 * 60 * 1000;
const NOW = new Date();

function afterDays(days: number): Date {
  return new Date(NOW.getTime() + days * DAY_MS);
}

function newDirectory(context: TestContext): string {
  return join(makeTempDirectory(context), "tls");
}

function textsOf(directory: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(directory).sort().map((
      name,
    ) => [name, readFileSync(join(directory, name), "utf8")]),
  );
}

/** Checks a set by openssl alone: chain, purpose, key, one name. */
function assertSound(directory: string, name = "localhost"): void {
  assert.deepEqual(readdirSync(directory).sort(), FILES);
  openssl(directory, ...[
    ...["verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", name],
    ...["-CAfile", "ca.crt", "server.crt"],
  ]);
  for (const pair of ["ca", "server"]) {
    assert.equal(
      openssl(directory, "pkey", "-in", `${pair}.key`, "-pubout"),
      openssl(directory, "x509", "-in", `${pair}.crt`, "-noout", "-pubkey"),
    );
  }
}

test("ensureSelfSigned() makes a CA and a certificate that openssl finds sound", async (context) => {
  const directory = newDirectory(context);
  const made = await ensureSelfSigned(directory, NAMES, { now: NOW });
  assert.equal(made.isNew, true);
  assert.equal(made.caFile, join(directory, "ca.crt"));
  assertSound(directory, "images.example.org");
  const check = (...words: readonly string[]) =>
    openssl(directory, "x509", "-in", "server.crt", "-noout", ...words);
  for (const name of ["images.example.org", "localhost"]) {
    assert.match(check("-checkhost", name), /does match/);
  }
  for (const address of ["127.0.0.1", "::1"]) {
    assert.match(check("-checkip", address), /does match/);
  }
  assert.match(check("-checkhost", "example.org"), /does NOT match/);
  assert.match(check("-checkip", "127.0.0.2"), /does NOT match/);
});

test("ensureSelfSigned() puts into both certificates what clients look for", async (context) => {
  const directory = newDirectory(context);
  await ensureSelfSigned(directory, NAMES, { now: NOW });
  const show = (name: string) =>
    openssl(directory, "x509", "-in", name, "-noout", "-text").replace(/\s+/g, " ");
  const [ca, leaf] = [show("ca.crt"), show("server.crt")];
  assert.match(ca, /Basic Constraints: critical CA:TRUE, pathlen:0/);
  assert.match(ca, /Key Usage: critical Certificate Sign, CRL Sign/);
  assert.match(leaf, /Basic Constraints: critical CA:FALSE/);
  assert.match(leaf, /Key Usage: critical Digital Signature /);
  assert.match(leaf, /Extended Key Usage: TLS Web Server Authentication /);
  assert.match(leaf, /CN ?= ?images.example.org/);
  for (const text of [ca, leaf]) {
    assert.match(text, /ecdsa-with-SHA256.*prime256v1/);
    assert.match(text, /Version: 3/);
  }
  const caId = /Subject Key Identifier: (\S+)/.exec(ca)?.[1];
  assert.equal(/Authority Key Identifier: (?:keyid:)?(\S+)/.exec(leaf)?.[1], caId);
  assert.notEqual(/Subject Key Identifier: (\S+)/.exec(leaf)?.[1], caId);
});

test("ensureSelfSigned() makes the CA for ten years and the certificate for 397 days", async (context) => {
  const directory = newDirectory(context);
  const now = new Date("2024-02-29T12:00:00Z");
  const { certFile, caFile } = await ensureSelfSigned(directory, NAMES, { now });
  const dates = [caFile, certFile].map((path) => {
    const { validFrom, validTo } = new X509Certificate(readFileSync(path));
    return [new Date(validFrom).toISOString(), new Date(validTo).toISOString()];
  });
  // date -u -d '2024-02-28 12:00 3650 days', and 397 days
  assert.deepEqual(dates, [
    ["2024-02-28T12:00:00.000Z", "2034-02-25T12:00:00.000Z"],
    ["2024-02-28T12:00:00.000Z", "2025-03-31T12:00:00.000Z"],
  ]);
});

test("ensureSelfSigned() lets nobody else read keys or the directory", async (context) => {
  const directory = newDirectory(context);
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
  await ensureSelfSigned(directory, NAMES, { now: NOW });
  assert.equal(modeOf(directory), "700");
  const modes = FILES.map((name) => modeOf(join(directory, name)));
  assert.deepEqual(modes, ["644", "600", "644", "600"]);
  const given = newDirectory(context);
  mkdirSync(given);
  chmodSync(given, 0o755);
  await ensureSelfSigned(given, NAMES, { now: NOW });
  assert.equal(modeOf(given), "755");
});

test("ensureSelfSigned() makes what a client accepts that trusts the CA alone", async (context) => {
  const directory = newDirectory(context);
  const made = await ensureSelfSigned(directory, NAMES, { now: NOW });
  const other = newDirectory(context);
  const { caFile } = await ensureSelfSigned(other, NAMES, { now: NOW });
  const { ask } = await serveHttps(context, readTlsFiles(made));
  const ca = readFileSync(made.caFile, "utf8");
  assert.equal(await ask(ca, "localhost"), "hello");
  assert.equal(await ask(ca, "127.0.0.1"), "hello");
  await assert.rejects(ask(readFileSync(caFile, "utf8")));
});

test("ensureSelfSigned() leaves a complete set as it is", async (context) => {
  const directory = newDirectory(context);
  await ensureSelfSigned(directory, NAMES, { now: NOW });
  const before = textsOf(directory);
  const same = ["LOCALHOST", "0:0:0:0:0:0:0:1", "images.example.org"];
  for (const names of [NAMES, NAMES.slice(1), same]) {
    const { isNew } = await ensureSelfSigned(directory, names, { now: afterDays(365) });
    assert.equal(isNew, false);
  }
  assert.deepEqual(textsOf(directory), before);
  rmSync(join(directory, "ca.key"));
  assert.equal((await ensureSelfSigned(directory, NAMES, { now: NOW })).isNew, false);
});

test("ensureSelfSigned() renews by the same CA before the end and for another name", async (context) => {
  const directory = newDirectory(context);
  await ensureSelfSigned(directory, NAMES, { now: NOW });
  const reasons: readonly (readonly [names: readonly string[], now: Date])[] = [
    [[...NAMES, "new.example.org"], NOW],
    [[...NAMES, "192.0.2.7"], NOW],
    [NAMES, afterDays(367)],
    [NAMES, afterDays(800)],
    [NAMES, NOW],
  ];
  for (const [names, now] of reasons) {
    const before = textsOf(directory);
    assert.equal((await ensureSelfSigned(directory, names, { now })).isNew, true);
    const after = textsOf(directory);
    assert.notEqual(after["server.crt"], before["server.crt"]);
    for (const kept of ["ca.crt", "ca.key", "server.key"]) assert.equal(after[kept], before[kept]);
    assert.equal((await ensureSelfSigned(directory, names, { now })).isNew, false);
    openssl(directory, ...[
      ...["verify", "-attime", `${Math.floor(now.getTime() / 1000)}`],
      ...["-CAfile", "ca.crt", "server.crt"],
    ]);
  }
  assertSound(directory);
});

test("ensureSelfSigned() makes no certificate for longer than its CA", async (context) => {
  const directory = newDirectory(context);
  await ensureSelfSigned(directory, NAMES, { now: NOW });
  const now = afterDays(3640);
  const { certFile, caFile } = await ensureSelfSigned(directory, NAMES, { now });
  const ends = [certFile, caFile].map((path) => new X509Certificate(readFileSync(path)).validTo);
  assert.equal(ends[0], ends[1]);
  assert.equal((await ensureSelfSigned(directory, NAMES, { now })).isNew, false);
  await assert.rejects(
    ensureSelfSigned(directory, NAMES, { now: afterDays(3650) }),
    /ca.crt": the CA has expired .*remove ca.\* and server.\*/,
  );
});

test("ensureSelfSigned() completes a half-made set", async (context) => {
  const directory = newDirectory(context);
  const whole = await ensureSelfSigned(directory, NAMES, { now: NOW });
  const caKey = textsOf(directory)["ca.key"];
  const leftovers = [
    ["ca.crt", "server.crt", "server.key"],
    ["server.crt", "server.key"],
    ["server.crt"],
    ["server.key"],
    ["ca.crt"],
  ];
  for (const missing of leftovers) {
    for (const name of missing) rmSync(join(directory, name));
    assert.deepEqual(await ensureSelfSigned(directory, NAMES, { now: NOW }), whole);
    assertSound(directory);
    assert.equal(textsOf(directory)["ca.key"], caKey);
  }
  writeFileSync(join(directory, "server.crt"), "");
  await ensureSelfSigned(directory, NAMES, { now: NOW });
  assertSound(directory);
});

test("ensureSelfSigned() replaces a certificate of another CA or for another key", async (context) => {
  const directories = [newDirectory(context), newDirectory(context)] as const;
  for (const directory of directories) await ensureSelfSigned(directory, NAMES, { now: NOW });
  const [own, other] = directories;
  for (const strange of [["server.key"], ["server.crt"], ["ca.crt", "ca.key"]]) {
    for (const name of strange) {
      writeFileSync(join(own, name), readFileSync(join(other, name)), { mode: 0o600 });
    }
    assert.equal((await ensureSelfSigned(own, NAMES, { now: NOW })).isNew, true);
    assertSound(own);
  }
});

test("ensureSelfSigned() by many at once ends with one sound set", async (context) => {
  for (let round = 0; round < 10; round++) {
    const directory = newDirectory(context);
    const runs = Array.from({ length: 8 }, async (_, index) => {
      const made = await ensureSelfSigned(directory, [...NAMES, `192.0.2.${index % 3}`], {
        now: NOW,
      });
      // What is there when one is done can be used, whatever the others still do.
      readTlsFiles(made);
      return readFileSync(made.caFile, "utf8");
    });
    assert.equal(new Set(await Promise.all(runs)).size, 1);
    assertSound(directory);
  }
});

test("ensureSelfSigned() never changes a CA, be it broken", async (context) => {
  const cases: readonly (readonly [name: string, text: string, message: RegExp])[] = [
    ["ca.key", "", /ca.key": it is no private key/],
    ["ca.crt", "", /ca.crt": it is no certificate/],
  ];
  for (const [name, text, message] of cases) {
    const directory = newDirectory(context);
    await ensureSelfSigned(directory, NAMES, { now: NOW });
    writeFileSync(join(directory, name), text);
    rmSync(join(directory, "server.crt"));
    const before = textsOf(directory);
    await assert.rejects(ensureSelfSigned(directory, NAMES, { now: NOW }), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, message);
      return true;
    });
    assert.deepEqual(textsOf(directory), before);
  }
});

test("ensureSelfSigned() refuses a CA without its key, or with one of another kind", async (context) => {
  const directory = newDirectory(context);
  await ensureSelfSigned(directory, NAMES, { now: NOW });
  rmSync(join(directory, "ca.key"));
  const more = [...NAMES, "new.example.org"];
  await assert.rejects(ensureSelfSigned(directory, more, { now: NOW }), /ca.key": there is none/);
  makePair(directory, "ca", { key: ["-newkey", "rsa:2048"] });
  await assert.rejects(
    ensureSelfSigned(directory, more, { now: NOW }),
    /expected an EC key on P-256/,
  );
  makePair(directory, "other");
  writeFileSync(join(directory, "ca.key"), readFileSync(join(directory, "other.key")));
  await assert.rejects(ensureSelfSigned(directory, more, { now: NOW }), /not the CA of the key/);
});

test("ensureSelfSigned() leaves a server's files alone that somebody else made", async (context) => {
  const directory = makeTempDirectory(context);
  makePair(directory, "server");
  const before = textsOf(directory);
  await assert.rejects(ensureSelfSigned(directory, NAMES, { now: NOW }), (error) => {
    assert.ok(error instanceof SimplestreamsError);
    assert.equal(error.code, "EXISTS");
    assert.match(error.message, /server.crt is there without a CA.*--tls-cert/);
    return true;
  });
  assert.deepEqual(textsOf(directory), before);
});

test("ensureSelfSigned() takes names as hosts have them, and refuses others", async (context) => {
  const directory = newDirectory(context);
  const odd = ["under_score", "12345", "UPPER.example.org", "-dash", `${"long.".repeat(20)}org`];
  await ensureSelfSigned(directory, odd, { now: NOW });
  assert.equal((await ensureSelfSigned(directory, odd, { now: NOW })).isNew, false);
  assertSound(directory, "upper.example.org");
  for (const bad of ["", "a b", "é.example.org", "*.example.org", "a..b", "a.", "fe80::1%eth0"]) {
    await assert.rejects(ensureSelfSigned(directory, ["a", bad], { now: NOW }), (error) => {
      assert.ok(error instanceof SimplestreamsError, bad);
      assert.equal(error.code, "USAGE");
      return true;
    });
  }
  await assert.rejects(ensureSelfSigned(directory, [], { now: NOW }), /no name/);
});

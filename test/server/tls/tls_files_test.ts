import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FormatError, isStorageError } from "../../../core/errors.ts";
import { whyCertificateEnds } from "../../../server/tls/certificate_end.ts";
import { readTlsFiles, type TlsFiles } from "../../../server/tls/tls_files.ts";
import { makeTempDirectory } from "../../support/temp_directory.ts";
import { serveHttps } from "./https_service.ts";
import { makePair, openssl } from "./openssl.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

function assertRefused(files: TlsFiles, path: string, message: RegExp): void {
  assert.throws(() => readTlsFiles(files), (error) => {
    assert.ok(error instanceof FormatError, String(error));
    assert.match(error.message, message);
    assert.equal(error.where.path, path);
    assert.ok(error.message.includes(`"${path}"`), error.message);
    return true;
  });
}

test("readTlsFiles() reads the kinds of keys that are in use", async (context) => {
  const directory = makeTempDirectory(context);
  const kinds = [
    ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    ["-newkey", "rsa:2048"],
    ["-newkey", "ed25519"],
  ];
  for (const [index, key] of kinds.entries()) {
    const files = makePair(directory, `kind-${index}`, { key });
    const pair = readTlsFiles(files);
    const { ask } = await serveHttps(context, pair);
    assert.equal(await ask(readFileSync(files.certFile, "utf8")), "hello", key.join(" "));
  }
});

test("readTlsFiles() reads keys in the forms of older programs", (context) => {
  const directory = makeTempDirectory(context);
  const rsa = makePair(directory, "rsa", { key: ["-newkey", "rsa:2048"] });
  openssl(directory, "rsa", "-in", "rsa.key", "-traditional", "-out", "pkcs1.key");
  readTlsFiles({ ...rsa, keyFile: join(directory, "pkcs1.key") });
  const ec = makePair(directory, "ec");
  openssl(directory, "ec", "-in", "ec.key", "-out", "sec1.key");
  const parameters = openssl(directory, "ecparam", "-name", "prime256v1");
  const sec1 = join(directory, "sec1.key");
  writeFileSync(sec1, parameters + readFileSync(sec1, "utf8"));
  readTlsFiles({ ...ec, keyFile: sec1 });
});

test("readTlsFiles() takes a chain that was put together without line ends", async (context) => {
  const directory = makeTempDirectory(context);
  const files = makePair(directory, "own");
  const other = makePair(directory, "other");
  const [own, next] = [files, other].map(({ certFile }) => readFileSync(certFile, "utf8").trim());
  writeFileSync(files.certFile, `Bag Attributes\n${own}${next}`);
  const pair = readTlsFiles(files);
  assert.equal(pair.cert.match(/^-----BEGIN CERTIFICATE-----$/gm)?.length, 2);
  const { ask } = await serveHttps(context, pair);
  assert.equal(await ask(own ?? ""), "hello");
});

test("readTlsFiles() names the file that is not what it should be", (context) => {
  const directory = makeTempDirectory(context);
  const { certFile, keyFile } = makePair(directory, "own");
  const other = makePair(directory, "other");
  const broken = join(directory, "broken");
  const cases: readonly (readonly [files: TlsFiles, path: string, message: RegExp])[] = [
    [{ certFile: keyFile, keyFile }, keyFile, /expected certificates as PEM/],
    [{ certFile, keyFile: certFile }, certFile, /expected a private key as PEM/],
    [{ certFile, keyFile: other.keyFile }, other.keyFile, /does not belong to the certificate in/],
    [{ certFile: broken, keyFile }, broken, /certificate 2 in it is broken/],
  ];
  const text = readFileSync(certFile, "utf8");
  writeFileSync(broken, `${text}${text.replace("\n", "\nAAAA")}`);
  for (const [files, path, message] of cases) assertRefused(files, path, message);
  writeFileSync(broken, readFileSync(keyFile, "utf8").replace("\n", "\nAAAA"));
  assertRefused({ certFile, keyFile: broken }, broken, /private key in it is broken/);
  writeFileSync(broken, "");
  assertRefused({ certFile, keyFile: broken }, broken, /expected a private key/);
});

test("readTlsFiles() says what to do about a passphrase", (context) => {
  const directory = makeTempDirectory(context);
  const files = makePair(directory, "rsa", { key: ["-newkey", "rsa:2048"] });
  const lock = ["rsa", "-in", "rsa.key", "-aes256", "-passout", "pass:secret"];
  openssl(directory, ...lock, "-out", "new.key");
  openssl(directory, ...lock, "-traditional", "-out", "old.key");
  for (const name of ["new.key", "old.key"]) {
    const keyFile = join(directory, name);
    assertRefused(
      { ...files, keyFile },
      keyFile,
      /passphrase.*"openssl pkey -in KEY -out NEW_KEY"/,
    );
  }
});

test("readTlsFiles() tells a chain in the wrong order", (context) => {
  const directory = makeTempDirectory(context);
  const own = makePair(directory, "own");
  const { certFile } = makePair(directory, "other");
  writeFileSync(certFile, readFileSync(certFile, "utf8") + readFileSync(own.certFile, "utf8"));
  assertRefused({ ...own, certFile }, own.keyFile, /a later certificate.*in front/);
});

test("readTlsFiles() throws when a file is missing", (context) => {
  const files = makePair(makeTempDirectory(context), "own");
  for (const missing of [{ certFile: "/nowhere/crt" }, { keyFile: "/nowhere/key" }]) {
    assert.throws(
      () => readTlsFiles({ ...files, ...missing }),
      (error) => isStorageError(error, "missing"),
    );
  }
});

test("whyCertificateEnds() warns from 14 days before the end", (context) => {
  const files = makePair(makeTempDirectory(context), "own", { days: 90 });
  const { leaf } = readTlsFiles(files);
  const to = Date.parse(leaf.validTo);
  const why = (time: number) => whyCertificateEnds(leaf, { ...files, now: new Date(time) });
  assert.equal(why(to - 14 * DAY_MS), undefined);
  assert.match(why(to - 14 * DAY_MS + 1) ?? "", /own.crt" expires at 20\d\d-.*within 14 days/);
  assert.match(why(to) ?? "", /expires/);
  assert.match(why(to + 1) ?? "", /has expired/);
  assert.match(why(to - 91 * DAY_MS) ?? "", /is to come/);
});

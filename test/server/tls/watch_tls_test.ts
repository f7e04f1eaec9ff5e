import assert from "node:assert/strict";
import { chmodSync, copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { readTlsFiles } from "../../../server/tls/tls_files.ts";
import { createTlsLook, watchTls } from "../../../server/tls/watch_tls.ts";
import { makeTempDirectory } from "../../support/temp_directory.ts";
import { serveHttps } from "./https_service.ts";
import { makePair } from "./openssl.ts";

/** An https server with certificate "old" in files that are looked at, and "new" beside them. */
async function serve(context: TestContext, options: { readonly now?: Date } = {}) {
  const directory = makeTempDirectory(context);
  const [old, next] = [makePair(directory, "old"), makePair(directory, "new")];
  const files = { certFile: join(directory, "tls.crt"), keyFile: join(directory, "tls.key") };
  copyFileSync(old.certFile, files.certFile);
  copyFileSync(old.keyFile, files.keyFile);
  const inUse = readTlsFiles(files);
  const { server, ask } = await serveHttps(context, inUse);
  const told: string[] = [];
  const { now = new Date() } = options;
  const watch = {
    clock: { now: () => now },
    inUse,
    onReload: () => void told.push("reload"),
    onTrouble: (message: string) => void told.push(message),
  };
  const [oldCert, newCert] = [old, next].map(({ certFile }) => readFileSync(certFile, "utf8"));
  return {
    files,
    next,
    told,
    server,
    watch,
    look: createTlsLook(server, files, watch),
    /** Which certificate a new connection gets. */
    async shown(): Promise<string> {
      const answers = await Promise.allSettled([ask(oldCert ?? ""), ask(newCert ?? "")]);
      return answers.map(({ status }, index) => status === "fulfilled" ? ["old", "new"][index] : "")
        .join("");
    },
  };
}

test("watchTls() has new connections get a changed certificate", async (context) => {
  const { look, files, next, told, shown } = await serve(context);
  look();
  assert.equal(await shown(), "old");
  copyFileSync(next.keyFile, files.keyFile);
  copyFileSync(next.certFile, files.certFile);
  assert.equal(await shown(), "old");
  look();
  look();
  assert.equal(await shown(), "new");
  assert.deepEqual(told, ["reload"]);
});

test("watchTls() takes up files that are renamed over", async (context) => {
  const { look, files, next, told, shown } = await serve(context);
  renameSync(next.certFile, files.certFile);
  renameSync(next.keyFile, files.keyFile);
  look();
  assert.equal(await shown(), "new");
  assert.deepEqual(told, ["reload"]);
});

test("watchTls() keeps the old half-way through a renewal and says so when that lasts", async (context) => {
  const { look, files, next, told, shown } = await serve(context);
  renameSync(next.certFile, files.certFile);
  look();
  assert.deepEqual(told, []);
  assert.equal(await shown(), "old");
  look();
  look();
  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", /tls.key": it does not belong.*read before is in use/);
  renameSync(next.keyFile, files.keyFile);
  look();
  assert.equal(await shown(), "new");
  assert.deepEqual(told.slice(1), ["reload"]);
});

test("watchTls() keeps the old while files are broken or missing", async (context) => {
  const { look, files, told, shown } = await serve(context);
  writeFileSync(files.certFile, "");
  look();
  look();
  rmSync(files.keyFile);
  rmSync(files.certFile);
  look();
  look();
  look();
  assert.equal(await shown(), "old");
  assert.equal(told.length, 2);
  assert.match(told[0] ?? "", /expected certificates as PEM/);
  assert.match(told[1] ?? "", /no such file/);
});

test("watchTls() tells once that a certificate is about to expire, and again of the next", async (context) => {
  const now = new Date(Date.now() + 80 * 24 * 60 * 60 * 1000);
  const { look, files, next, told } = await serve(context, { now });
  look();
  look();
  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", /within 14 days/);
  renameSync(next.certFile, files.certFile);
  renameSync(next.keyFile, files.keyFile);
  look();
  assert.equal(told[1], "reload");
  assert.match(told[2] ?? "", /within 14 days/);
});

test("watchTls() tells once that everybody may read the key", async (context) => {
  const { look, files, told } = await serve(context);
  look();
  assert.deepEqual(told, []);
  chmodSync(files.keyFile, 0o644);
  look();
  look();
  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", /tls.key.*chmod/);
});

test("watchTls() looks by itself until it is stopped", async (context) => {
  const { files, next, server, watch, shown } = await serve(context);
  await new Promise<void>((resolve) => {
    const stop = watchTls(server, files, {
      ...watch,
      everyMs: 5,
      onReload() {
        stop();
        resolve();
      },
    });
    renameSync(next.certFile, files.certFile);
    renameSync(next.keyFile, files.keyFile);
  });
  assert.equal(await shown(), "new");
});

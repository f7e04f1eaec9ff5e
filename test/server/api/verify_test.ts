import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { verifyTree } from "../../../core/verify_tree.ts";
import { createSystemPorts } from "../../../core/adapters/system.ts";
import { makeTempDirectory } from "../../support/temp_directory.ts";
import { writeFiles, writeSampleTree } from "../../support/trees.ts";
import { workerUrl } from "../../support/worker.ts";
import { ask } from "../support/described.ts";
import { startService, type TestService } from "../support/service.ts";

const FOLDER = "images/debian/12/amd64/default/20240102_00:00";
const TOKEN = "0123456789abcdef-the-token";

async function startPublished(context: TestContext): Promise<TestService> {
  const service = startService(context);
  writeSampleTree(service.root);
  rmSync(join(service.root, FOLDER, "notes.txt"));
  assert.equal((await ask(service, "/reindex", { method: "POST" })).status, 200);
  return service;
}

test("GET /verify says what the command line says, without the root", async (context) => {
  const service = await startPublished(context);
  writeFiles(service.root, { [`${FOLDER}/disk.qcow2`]: "both: other\n".slice(0, 11) });
  rmSync(join(service.root, FOLDER, "root.squashfs"));
  const { status, body } = await ask(service, "/verify");
  assert.equal(status, 200);
  const ports = createSystemPorts(workerUrl());
  const { root, ...expected } = await verifyTree(ports, service.root, { concurrency: 1 });
  const { fast, startedAt, ms, ...said } = body;
  assert.deepEqual(said, expected);
  assert.deepEqual([root, fast], [service.root, false]);
  assert.ok(ms >= 0 && new Date(startedAt) <= new Date());
  assert.deepEqual(
    said.findings.map(({ code, path }: { code: string; path: string }) => `${code} ${path}`),
    [
      `FILE_DIGEST ${FOLDER}/disk.qcow2`,
      `FINGERPRINT_WRONG ${FOLDER}/incus.tar.xz`,
      `FINGERPRINT_WRONG ${FOLDER}/lxd.tar.xz`,
      `FILE_MISSING ${FOLDER}/root.squashfs`,
    ],
  );
});

test("GET /verify?fast=true reads no file", async (context) => {
  const service = await startPublished(context);
  writeFiles(service.root, { [`${FOLDER}/disk.qcow2`]: "both: else\n" });
  const { body } = await ask(service, "/verify?fast=true");
  assert.deepEqual([body.fast, body.counts.hashedFiles, body.findings], [true, 0, []]);
});

test("GET /verify has findings where nothing is published", async (context) => {
  const { status, body } = await ask(startService(context), "/verify");
  assert.deepEqual([status, body.findings[0].code], [200, "DOCUMENT_MISSING"]);
});

test("GET /verify never names the root", async (context) => {
  const service = startService(context, {
    startVerify: () => ({
      finished: Promise.resolve({
        root: "/srv/tree",
        counts: { products: 0, versions: 0, images: 0, files: 0, hashedFiles: 0, hashedBytes: 0 },
        findings: [{
          code: "FILE_UNREADABLE",
          severity: "error",
          path: "images/a",
          message: `Cannot read "/srv/tree/images/a": it is denied, expected a file`,
        }],
      }),
      end() {},
    }),
  });
  const { body } = await ask(service, "/verify");
  assert.equal(body.findings[0].message, `Cannot read "images/a": it is denied, expected a file`);
});

test("GET /verify takes a token where there are some, though reads do not", async (context) => {
  const directory = makeTempDirectory(context);
  writeFiles(directory, { tokens: `${TOKEN}\n` });
  const service = startService(context, { tokenFile: join(directory, "tokens") });
  assert.equal((await ask(service, "/products")).status, 200);
  for (const path of ["/verify", "/verify?fast=true", "/verify/", "/%76erify", "//verify"]) {
    const { status } = await service.json(`/api/v1${path}`);
    assert.ok([401, 404].includes(status), `${path}: ${status}`);
  }
  assert.equal((await service.request("/api/v1/verify", { method: "HEAD" })).status, 401);
  const headers = { Authorization: `Bearer ${TOKEN}` };
  assert.equal((await ask(service, "/verify", { headers })).status, 200);
});

test("GET /verify without a token file is refused from web pages, proxies and other hosts", async (context) => {
  const service = await startPublished(context);
  for (
    const [name, value] of [
      ["Host", "images.example.org"],
      ["Origin", "https://example.org"],
      ["X-Forwarded-For", "127.0.0.1"],
    ] as const
  ) {
    const { status, body } = await ask(service, "/verify", { headers: { [name]: value } });
    assert.deepEqual([status, body.code], [403, "FORBIDDEN"], name);
  }
});

test("GET /verify refuses what it does not know", async (context) => {
  const service = startService(context);
  const unknown = await ask(service, "/verify?hash=no");
  assert.deepEqual([unknown.status, unknown.body.code], [422, "UNKNOWN_FIELD"]);
  const wrong = await ask(service, "/verify?fast=yes");
  assert.deepEqual([wrong.status, wrong.body.code], [422, "INVALID"]);
});

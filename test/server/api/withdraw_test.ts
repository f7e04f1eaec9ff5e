import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { makeTempDirectory } from "../../support/temp_directory.ts";
import { readProducts, writeFiles, writeVersion } from "../../support/trees.ts";
import { ask } from "../support/described.ts";
import { startService, type TestService } from "../support/service.ts";

const PRODUCT = "debian/12/amd64/default";
const ID = "debian:12:amd64:default";

async function startPublished(context: TestContext): Promise<TestService> {
  const service = startService(context);
  for (const version of ["20240101", "20240102", "20240103"]) {
    writeVersion(service.root, `${PRODUCT}/${version}`);
  }
  assert.equal((await ask(service, "/reindex", { method: "POST" })).status, 200);
  return service;
}

function versionsIn({ root }: TestService): readonly string[] {
  return Object.keys(readProducts(root).products[ID]?.versions ?? {});
}

test("POST /prune takes versions out of the documents and leaves their files for the grace", async (context) => {
  const service = await startPublished(context);
  const { status, body } = await ask(service, "/prune", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: '{"keep": 1}',
  });
  assert.equal(status, 200);
  assert.equal(body.written, true);
  assert.deepEqual(
    body.withdraw.map(({ version }: { readonly version: string }) => version),
    ["20240101", "20240102"],
  );
  assert.deepEqual(body.delete, []);
  assert.deepEqual(
    body.wait.map(({ path }: { readonly path: string }) => path),
    ["20240101", "20240102"].map((version) => `images/${PRODUCT}/${version}`),
  );
  assert.deepEqual(versionsIn(service), ["20240103"]);
  assert.ok(existsSync(join(service.root, "images", PRODUCT, "20240101/root.tar.xz")));
});

test("POST /prune takes its policies from the query too, and a dry run writes nothing", async (context) => {
  const service = await startPublished(context);
  const { status, body } = await ask(service, "/prune?maxAge=30d&dryRun=true", { method: "POST" });
  assert.equal(status, 200);
  assert.equal(body.written, false);
  assert.equal(body.withdraw.length, 2);
  assert.equal(versionsIn(service).length, 3);
});

test("POST /prune removes what has been out for the grace", async (context) => {
  const service = await startPublished(context);
  await ask(service, "/prune?keep=2&grace=0s", { method: "POST" });
  const { body } = await ask(service, "/prune?grace=0s", { method: "POST" });
  assert.deepEqual(
    body.delete.map(({ path }: { readonly path: string }) => path),
    [`images/${PRODUCT}/20240101`],
  );
  assert.ok(!existsSync(join(service.root, "images", PRODUCT, "20240101")));
  await ask(service, "/reindex", { method: "POST" });
  assert.deepEqual(versionsIn(service), ["20240102", "20240103"]);
});

for (
  const [query, field] of [
    ["keep=0", "keep"],
    ["maxAge=30", "maxAge"],
    ["grace=soon", "grace"],
    ["kep=1", "kep"],
  ] as const
) {
  test(`POST /prune?${query} is refused with the field that is wrong`, async (context) => {
    const service = await startPublished(context);
    const { status, body } = await ask(service, `/prune?${query}`, { method: "POST" });
    assert.equal(status, 422);
    assert.ok(JSON.stringify(body).includes(field), JSON.stringify(body));
    assert.equal(versionsIn(service).length, 3);
  });
}

test("POST /prune refuses a document without products", async (context) => {
  const service = startService(context);
  writeFiles(service.root, { "streams/v1/images.json": "{}" });
  const { status, body } = await ask(service, "/prune?keep=1", { method: "POST" });
  assert.equal(status, 409);
  assert.equal(body.code, "REFUSED");
});

for (
  const [what, query, body] of [
    ["a body", "", '{"dryRun": true}'],
    ["a switch twice", "?dryRun=false&dryRun=true", undefined],
    ["a field that is not known", "?dryRunn=true", undefined],
  ] as const
) {
  test(`DELETE /images/NAME with ${what} is refused, and nothing is taken out`, async (context) => {
    const service = await startPublished(context);
    const { status } = await ask(service, `/images/${ID}@20240102${query}`, {
      method: "DELETE",
      ...body === undefined ? {} : { body, headers: { "Content-Type": "application/json" } },
    });
    assert.equal(status, 422);
    assert.equal(versionsIn(service).length, 3);
  });
}

test("DELETE /images/NAME takes an empty object for no body, as some clients send one", async (context) => {
  const service = await startPublished(context);
  const { status, body } = await ask(service, `/images/${ID}@20240102?dryRun=true`, {
    method: "DELETE",
    body: "{}",
    headers: { "Content-Type": "application/json" },
  });
  assert.deepEqual([status, body.written], [200, false]);
});

test("POST /prune with allowEmpty goes on where nothing is published", async (context) => {
  const service = startService(context);
  writeFiles(service.root, {
    "streams/v1/index.json":
      '{"format":"index:1.0","index":{"images":{"datatype":"image-downloads",' +
      '"path":"streams/v1/images.json","products":[]}}}',
    "streams/v1/images.json": '{"format":"products:1.0","products":{}}',
  });
  assert.equal((await ask(service, "/prune", { method: "POST" })).status, 409);
  assert.equal((await ask(service, "/prune?allowEmpty=true", { method: "POST" })).status, 200);
});

test("DELETE /images/ID@VERSION takes that version out", async (context) => {
  const service = await startPublished(context);
  const { status, body } = await ask(service, `/images/${ID}@20240102`, { method: "DELETE" });
  assert.equal(status, 200);
  assert.equal(body.withdraw.length, 1);
  assert.deepEqual(versionsIn(service), ["20240101", "20240103"]);
});

test("DELETE /images/FINGERPRINT?dryRun=true tells what would leave", async (context) => {
  const service = await startPublished(context);
  const listed = await ask(service, "/images");
  const { fingerprint, version } = listed.body.images[0];
  const path = `/images/${fingerprint.slice(0, 12)}?dryRun=true`;
  const { status, body } = await ask(service, path, { method: "DELETE" });
  assert.equal(status, 200);
  assert.equal(body.withdraw[0].version, version);
  assert.ok(body.withdraw[0].fingerprints.includes(fingerprint));
  assert.equal(versionsIn(service).length, 3);
});

test("DELETE /images/NAME refuses an alias, a name of nothing, and the last product", async (context) => {
  const service = await startPublished(context);
  for (
    const [name, status, code] of [
      ["debian/12", 400, "USAGE"],
      ["fedora:40:amd64:default", 404, "NOT_FOUND"],
      [ID, 409, "REFUSED"],
    ] as const
  ) {
    const answer = await ask(service, `/images/${encodeURIComponent(name)}`, { method: "DELETE" });
    assert.deepEqual([answer.status, answer.body.code], [status, code]);
  }
  assert.equal(versionsIn(service).length, 3);
  const all = await ask(service, `/images/${ID}?allowEmpty=true`, { method: "DELETE" });
  assert.equal(all.status, 200);
  assert.deepEqual(readProducts(service.root).products, {});
});

test("what withdraws takes a token where there are tokens", async (context) => {
  const tokenFile = join(makeTempDirectory(context), "tokens");
  writeFiles(join(tokenFile, ".."), { tokens: "0123456789abcdef-the-token\n" });
  const service = startService(context, { tokenFile });
  for (const [path, method] of [["/prune", "POST"], [`/images/${ID}`, "DELETE"]] as const) {
    assert.equal((await ask(service, path, { method })).status, 401);
  }
});

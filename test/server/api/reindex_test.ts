import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createSystemPorts } from "../../../core/adapters/system.ts";
import {
  assertDigestsHold,
  listTree,
  readProducts,
  writeFiles,
  writeSampleTree,
  writeVersion,
} from "../../support/trees.ts";
import { workerUrl } from "../../support/worker.ts";
import { ask } from "../support/described.ts";
import { sending, startService, type TestService } from "../support/service.ts";

const POST = { method: "POST" };

function startWithTree(
  context: TestContext,
  options: Parameters<typeof startService>[1] = {},
): TestService {
  const service = startService(context, options);
  writeSampleTree(service.root);
  return service;
}

test("POST /reindex publishes, and says what it counted and changed", async (context) => {
  const service = startWithTree(context);
  const { status, body } = await ask(service, "/reindex", POST);
  assert.equal(status, 200);
  assert.equal(body.scope, "all");
  assert.equal(body.written, true);
  const { hashedFiles, hashedBytes, ...counts } = body.counts;
  assert.deepEqual(counts, { products: 3, versions: 4, images: 9 });
  assert.deepEqual([hashedFiles, hashedBytes], [11, 202]);
  assert.deepEqual(body.changes, {
    added: [
      "debian:12:amd64:cloud@20240103.1",
      "debian:12:amd64:default@20240101_00:00",
      "debian:12:amd64:default@20240102_00:00",
      "ubuntu:24.04:arm64:default@202401040524",
    ],
    removed: [],
    changed: [],
  });
  assert.deepEqual(body.findings, []);
  assert.ok(body.ms >= 0);
  assert.equal("root" in body, false);
  await assertDigestsHold(service.root);
});

test("POST /reindex says nothing of changes the second time, and reads no file again", async (context) => {
  const service = startWithTree(context);
  await ask(service, "/reindex", POST);
  const before = listTree(join(service.root, "streams"));
  const { status, body } = await ask(service, "/reindex", POST);
  assert.equal(status, 200);
  assert.deepEqual(body.changes, { added: [], removed: [], changed: [] });
  assert.equal(body.counts.hashedFiles, 0);
  assert.deepEqual(body.documents.map(({ changed }: { changed: boolean }) => changed), [
    false,
    false,
  ]);
  assert.deepEqual(listTree(join(service.root, "streams")), before);
});

test("POST /reindex has the findings of the tree", async (context) => {
  const service = startWithTree(context);
  writeFiles(service.root, { "images/ubuntu/.requirements": '{"secure-boot": false}' });
  const { status, body } = await ask(service, "/reindex", POST);
  assert.equal(status, 200);
  assert.deepEqual(
    body.findings.map(({ code, severity, path }: Record<string, string>) => [code, severity, path]),
    [["REQUIREMENT_UNKNOWN", "warning", "images/ubuntu/.requirements"]],
  );
  assert.match(body.findings[0].message, /did you mean "secureboot"\?$/);
});

for (
  const [where, path, init] of [
    ["body", "/reindex", sending("POST", { dryRun: true })],
    ["query", "/reindex?dryRun=true", POST],
  ] as const
) {
  test(`POST /reindex writes nothing when dryRun is in the ${where}`, async (context) => {
    const service = startWithTree(context);
    const before = listTree(service.root);
    const { status, body } = await ask(service, path, init);
    assert.deepEqual([status, body.written, body.changes.added.length], [200, false, 4]);
    assert.deepEqual(listTree(service.root), before);
  });
}

for (
  const [where, path, init] of [
    ["body", "/reindex", sending("POST", { rehash: true })],
    ["query", "/reindex?rehash=true", POST],
  ] as const
) {
  test(`POST /reindex reads every file again when rehash is in the ${where}`, async (context) => {
    const service = startWithTree(context);
    await ask(service, "/reindex", POST);
    const { body } = await ask(service, path, init);
    assert.equal(body.counts.hashedFiles, 11);
  });
}

for (
  const [where, path, init] of [
    ["body", "/reindex", sending("POST", { products: ["ubuntu", "debian:12:amd64:cloud"] })],
    ["query with a comma", "/reindex?products=ubuntu,debian:12:amd64:cloud", POST],
    ["query twice", "/reindex?products=ubuntu&products=debian%3A12%3Aamd64%3Acloud", POST],
  ] as const
) {
  test(`POST /reindex looks only at products that are in the ${where}`, async (context) => {
    const service = startWithTree(context);
    await ask(service, "/reindex", POST);
    writeVersion(service.root, "debian/12/amd64/cloud/20240105");
    writeVersion(service.root, "debian/12/amd64/default/20240106");
    const { body } = await ask(service, path, init);
    assert.deepEqual(body.scope, ["debian:12:amd64:cloud", "ubuntu"]);
    assert.deepEqual(body.changes.added, ["debian:12:amd64:cloud@20240105"]);
    const { products } = readProducts(service.root);
    assert.equal("20240106" in (products["debian:12:amd64:default"]?.versions ?? {}), false);
    assert.equal(Object.keys(products).length, 3);
  });
}

test("POST /reindex takes the body before the query, field by field", async (context) => {
  const service = startWithTree(context);
  const query = "?dryRun=true&rehash=true&strict=true&products=debian";
  const body = { dryRun: false, strict: false, products: ["ubuntu"] };
  const answer = await ask(service, `/reindex${query}`, sending("POST", body));
  assert.deepEqual([answer.status, answer.body.scope], [200, ["ubuntu"]]);
  const [run] = (await ask(service, "/reindex")).body.runs;
  assert.deepEqual(run.request, { dryRun: false, rehash: true, products: ["ubuntu"] });
});

test("POST /reindex is not content with findings under strict, and tells what it did", async (context) => {
  const service = startWithTree(context);
  writeFiles(service.root, { "images/ubuntu/.requirements": '{"kernel": 6}' });
  const { status, body } = await ask(service, "/reindex", sending("POST", { strict: true }));
  assert.deepEqual([status, body.code], [422, "FINDINGS"]);
  assert.match(body.detail, /done and has 1 findings, expected none/);
  assert.equal(body.reindex.findings[0].code, "REQUIREMENT_UNKNOWN");
  assert.equal(body.reindex.written, true);
  assert.equal(Object.keys(readProducts(service.root).products).length, 3);
});

test("POST /reindex refuses selectors that can select nothing", async (context) => {
  const service = startWithTree(context);
  for (
    const [query, reason] of [
      ["products=", /one of its names is empty/],
      ["products=debian,", /one of its names is empty/],
      ["products=a:b:c:d:e", /it has 5 names/],
      ["products=debian/12", /"\/" separates folders/],
      ["products=.hidden", /start with "\."/],
    ] as const
  ) {
    const { status, body } = await ask(service, `/reindex?${query}`, POST);
    assert.deepEqual([status, body.code], [400, "USAGE"], query);
    assert.match(body.detail, reason);
  }
  assert.deepEqual((await ask(service, "/reindex")).body.runs, []);
});

test("POST /reindex names fields that nobody knows, and those that there are", async (context) => {
  const service = startWithTree(context);
  const sent = sending("POST", { dryrun: true, dryRun: true, full: 1 });
  const { status, body } = await ask(service, "/reindex", sent);
  assert.deepEqual([status, body.code], [422, "UNKNOWN_FIELD"]);
  assert.deepEqual(body.fields, ["dryrun", "full"]);
  assert.equal(
    body.detail,
    'Cannot use the fields "dryrun", "full": there are no such fields, expected dryRun, rehash, ' +
      "strict or products",
  );
  const query = await ask(service, "/reindex?dryrun=true", POST);
  assert.deepEqual([query.status, query.body.fields], [422, ["dryrun"]]);
  assert.deepEqual((await ask(service, "/reindex")).body.runs, []);
});

test("POST /reindex says what it found and what it expected", async (context) => {
  const service = startWithTree(context);
  for (
    const [sent, detail] of [
      [{ dryRun: "yes" }, 'dryRun: found "yes", expected true or false'],
      [{ rehash: 1 }, "rehash: found 1, expected true or false"],
      [{ strict: null }, "strict: found null, expected true or false"],
      [{ products: "debian" }, 'products: found "debian", expected a list'],
      [{ products: [] }, "products: found an empty list, expected at least 1 in it"],
      [{ products: [{}] }, "products.0: found an object, expected a string"],
      [[], "found an empty list, expected an object"],
      ["null", "found null, expected an object"],
      ['"text"', 'found "text", expected an object'],
    ] as const
  ) {
    const { status, body } = await ask(service, "/reindex", sending("POST", sent));
    assert.deepEqual([status, body.code], [422, "INVALID"], detail);
    assert.equal(body.detail, `Cannot use the request: ${detail}`);
  }
  const query = await ask(service, "/reindex?dryRun=yes", POST);
  assert.equal(query.status, 422);
  assert.match(query.body.detail, /dryRun: found "yes", expected "true" or "false"$/);
});

test("POST /reindex tells where requirements are broken, and leaves the documents alone", async (context) => {
  const service = startWithTree(context);
  await ask(service, "/reindex", POST);
  const before = listTree(join(service.root, "streams"));
  writeVersion(service.root, "alpine/3.20/amd64/default/20240105");
  writeFiles(service.root, {
    "images/debian/.requirements": '{\n  "nesting": [true]\n}',
    "images/ubuntu/24.04/.lxd_requirements": "no JSON",
  });
  const { status, body } = await ask(service, "/reindex", POST);
  assert.deepEqual([status, body.code], [422, "FORMAT"]);
  assert.deepEqual(
    body.errors.map(({ path, line, column }: Record<string, unknown>) => [path, line, column]),
    [
      ["images/debian/.requirements", 2, 14],
      ["images/ubuntu/24.04/.lxd_requirements", 1, 1],
    ],
  );
  assert.match(body.errors[0].message, /found a list, expected a string/);
  assert.equal(body.detail.includes(service.root), false);
  assert.deepEqual(listTree(join(service.root, "streams")), before);
});

test("POST /reindex says to try again while another run holds the lock", async (context) => {
  const service = startWithTree(context);
  const { locker } = createSystemPorts(workerUrl());
  const lock = await locker.acquire(service.root, { waitMs: 0 });
  const locked = await ask(service, "/reindex", POST);
  assert.deepEqual([locked.status, locked.body.code], [503, "LOCKED"]);
  assert.equal(locked.headers.get("Retry-After"), "10");
  assert.equal(typeof locked.body.run, "string");
  // A dry run writes nothing and needs no lock.
  assert.equal((await ask(service, "/reindex?dryRun=true", POST)).status, 200);
  lock.release();
  assert.equal((await ask(service, "/reindex", POST)).status, 200);
});

test("POST /reindex refuses to replace a list of images by none", async (context) => {
  const service = startWithTree(context);
  await ask(service, "/reindex", POST);
  const before = listTree(join(service.root, "streams"));
  rmSync(join(service.root, "images"), { recursive: true });
  const { status, body } = await ask(service, "/reindex", POST);
  assert.deepEqual([status, body.code], [409, "REFUSED"]);
  assert.match(body.detail, /the one that stands there lists 3, expected at least one/);
  assert.deepEqual(listTree(join(service.root, "streams")), before);
});

test("POST /reindex says 404 when the root has gone", async (context) => {
  const service = startService(context);
  rmSync(service.root, { recursive: true });
  const { status, body } = await ask(service, "/reindex?dryRun=true", POST);
  assert.deepEqual([status, body.code], [404, "NOT_FOUND"]);
});

test("POST /reindex keeps what nobody planned for the log, under the ID of the request", async (context) => {
  const service = startWithTree(context, {
    aroundIndex: () => () => Promise.reject(new TypeError("the inner message")),
  });
  const headers = { "X-Request-Id": "request-7" };
  const { status, body } = await ask(service, "/reindex", { method: "POST", headers });
  assert.deepEqual([status, body.code, body.requestId], [500, "INTERNAL", "request-7"]);
  assert.doesNotMatch(JSON.stringify(body), /inner message|TypeError/);
  const [run] = (await ask(service, "/reindex")).body.runs;
  assert.deepEqual([run.state, run.problem.code], ["failed", "INTERNAL"]);
  assert.doesNotMatch(JSON.stringify(run), /inner message|TypeError/);
  const line = service.log.find(({ message }) => String(message).startsWith("request request-7:"));
  assert.match(String(line?.["message"]), new RegExp(`run ${run.run} ended: the inner message`));
  assert.equal(line?.["level"], "error");
});

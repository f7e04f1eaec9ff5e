import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { writeSampleTree } from "../../support/trees.ts";
import { ask } from "../support/described.ts";
import { sending, startService, type TestService } from "../support/service.ts";

const LIMIT_BYTES = 65_536;

function startWithTree(context: TestContext): TestService {
  const service = startService(context);
  writeSampleTree(service.root);
  return service;
}

/** Asks for a dry run, so that whoever looks can tell whether the body was read. */
function dryRunOf(sizeBytes: number): string {
  return '{"dryRun": true}'.padEnd(sizeBytes);
}

test("the API takes no body at all, also one that has a type", async (context) => {
  const service = startWithTree(context);
  for (const type of ["application/json", "application/x-www-form-urlencoded", "text/plain"]) {
    const answer = await ask(service, "/reindex", sending("POST", "", { "Content-Type": type }));
    assert.deepEqual([answer.status, answer.body.written], [200, true], type);
  }
});

test("the API takes JSON in every spelling of its type", async (context) => {
  const service = startWithTree(context);
  for (
    const type of ["APPLICATION/JSON", "application/json; charset=utf-8", "application/json ;"]
  ) {
    const sent = sending("POST", { dryRun: true }, { "Content-Type": type });
    const answer = await ask(service, "/reindex", sent);
    assert.deepEqual([answer.status, answer.body.written], [200, false], type);
  }
});

test("the API refuses a body of another type, and what curl -d sends", async (context) => {
  const service = startWithTree(context);
  const types = [
    "application/x-www-form-urlencoded",
    "text/plain",
    "application/jsonx",
    "application/vnd.api+json",
    "application/merge-patch+json",
  ];
  for (const type of types) {
    const sent = sending("POST", { dryRun: true }, { "Content-Type": type });
    const { status, body, headers } = await ask(service, "/reindex", sent);
    assert.deepEqual([status, body.code], [415, "MEDIA_TYPE"], type);
    assert.equal(
      body.detail,
      `Cannot read the body: its Content-Type is "${type}", expected application/json`,
    );
    assert.equal(headers.get("Accept"), "application/json");
  }
  assert.deepEqual((await ask(service, "/reindex")).body.runs, []);
});

test("the API refuses a body without a type", async (context) => {
  const service = startWithTree(context);
  const body = new Blob(['{"dryRun": true}']);
  const answer = await ask(service, "/reindex", { method: "POST", body });
  assert.deepEqual([answer.status, answer.body.code], [415, "MEDIA_TYPE"]);
  assert.match(answer.body.detail, /its Content-Type is not given/);
});

test("the API refuses broken JSON", async (context) => {
  const service = startWithTree(context);
  for (const text of ["{", "{dryRun: true}", '{"dryRun": true,}', "dryRun=true", '{"a":1}{}']) {
    const { status, body } = await ask(service, "/reindex", sending("POST", text));
    assert.deepEqual([status, body.code], [400, "BAD_JSON"], text);
    assert.match(body.detail, /^Cannot read the body: it is no JSON: ./);
  }
});

test("the API takes a body of 64 KiB, and none of a byte more", async (context) => {
  const service = startWithTree(context);
  const exact = await ask(service, "/reindex", sending("POST", dryRunOf(LIMIT_BYTES)));
  assert.deepEqual([exact.status, exact.body.written], [200, false]);
  const over = await ask(service, "/reindex", sending("POST", dryRunOf(LIMIT_BYTES + 1)));
  assert.deepEqual([over.status, over.body.code], [413, "BODY_TOO_LARGE"]);
  assert.match(over.body.detail, /expected at most 65536 bytes/);
});

test("the API measures a body that says its length, and one in pieces", async (context) => {
  const service = startWithTree(context);
  const length = { "Content-Length": String(LIMIT_BYTES + 1) };
  const said = await ask(
    service,
    "/reindex",
    sending("POST", dryRunOf(LIMIT_BYTES + 1), length),
  );
  assert.equal(said.status, 413);
  for (const [extraBytes, status] of [[0, 200], [1, 413]] as const) {
    const half = new TextEncoder().encode(" ".repeat(LIMIT_BYTES / 2));
    const pieces = [half, half.subarray(16), new TextEncoder().encode(dryRunOf(16 + extraBytes))];
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = pieces.shift();
        if (piece === undefined) controller.close();
        else controller.enqueue(piece);
      },
    });
    const headers = { "Content-Type": "application/json" };
    const init = { method: "POST", headers, body, duplex: "half" };
    const answer = await ask(service, "/reindex", init);
    assert.equal(answer.status, status);
  }
});

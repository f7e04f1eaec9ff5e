import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { listTree, readProducts, writeFiles, writeSampleTree } from "../../support/trees.ts";
import { ask } from "../support/described.ts";
import { sending, startService, type TestService } from "../support/service.ts";

const RELEASE = "/requirements/debian/12";

async function startPublished(context: TestContext): Promise<TestService> {
  const service = startService(context);
  writeSampleTree(service.root);
  assert.equal((await ask(service, "/reindex", { method: "POST" })).status, 200);
  return service;
}

test("PUT /requirements says in which line and column a body is wrong", async (context) => {
  const service = await startPublished(context);
  const before = listTree(service.root);
  for (
    const [text, line, column, problem] of [
      ['{"a": ["b"]}', 1, 7, "found a list, expected a string, true, false or a whole number"],
      ['{\n  "a": {}}', 2, 8, "found an object, expected a string, true, false or a whole number"],
      ['{"a": 1.5}', 1, 7, "found 1.5, expected a whole number or a string"],
      ['{"a": 1.0}', 1, 7, "found 1.0, expected a whole number or a string"],
      ['{"a": 1e3}', 1, 7, "found 1e3, expected a whole number or a string"],
      ['{"a": 1e400}', 1, 7, "found 1e400, expected a whole number or a string"],
      ['{"a": null}', 1, 7, 'found "null", expected a string, true, false or a whole number'],
      ['{"a": "b",\n\n "a": "c"}', 3, 2, 'expected the key "a" only once'],
      ['{"__proto__": []}', 1, 15, "found a list, expected a string"],
      ['{"a": 1e+21}', 1, 7, "found 1e+21, expected a whole number or a string"],
      ["[]", 1, 1, "found a list, expected an object"],
      ["null", 1, 1, 'found "null", expected an object'],
      [" 3", 1, 2, 'found "3", expected an object'],
      ["", 1, 1, "the file ends, expected an object"],
    ] as const
  ) {
    const { status, body } = await ask(service, RELEASE, sending("PUT", text));
    assert.deepEqual([status, body.code], [422, "FORMAT"], text);
    const [error, ...others] = body.errors;
    assert.deepEqual([others, error.path, error.line, error.column], [
      [],
      "request body",
      line,
      column,
    ]);
    assert.ok(body.detail.includes(problem), body.detail);
  }
  assert.deepEqual(listTree(service.root), before);
});

test("PATCH /requirements says in which line and column a body is wrong", async (context) => {
  const service = await startPublished(context);
  for (
    const [text, column, problem] of [
      ['{"a": [null]}', 7, "found a list, expected a string, true, false, null or a whole number"],
      ['{"a": 1.0}', 7, "found 1.0, expected a whole number or a string"],
      ['{"a": "b", "a": null}', 12, 'expected the key "a" only once'],
      ["null", 1, 'found "null", expected an object'],
    ] as const
  ) {
    const { status, body } = await ask(service, RELEASE, sending("PATCH", text));
    assert.deepEqual([status, body.code, body.errors[0].column], [422, "FORMAT", column]);
    assert.ok(body.detail.includes(problem), body.detail);
  }
});

test("a change of requirements takes JSON, and a merge patch only where it is one", async (context) => {
  const service = await startPublished(context);
  const patch = { "Content-Type": "application/merge-patch+json; charset=utf-8" };
  assert.equal((await ask(service, RELEASE, sending("PATCH", {}, patch))).status, 200);
  const put = await ask(service, RELEASE, sending("PUT", {}, patch));
  assert.deepEqual([put.status, put.body.code], [415, "MEDIA_TYPE"]);
  for (const type of ["text/plain", "application/json-patch+json"]) {
    const sent = sending("PATCH", {}, { "Content-Type": type });
    const { status, headers, body } = await ask(service, RELEASE, sent);
    assert.equal(status, 415, type);
    assert.match(body.detail, /expected application\/merge-patch\+json or application\/json$/);
    assert.equal(
      headers.get("Accept-Patch"),
      "application/merge-patch+json, application/json",
    );
  }
});

test("a change of requirements refuses broken JSON and a body that is too long", async (context) => {
  const service = await startPublished(context);
  for (const method of ["PUT", "PATCH"]) {
    const broken = await ask(service, RELEASE, sending(method, '{"a": tru}'));
    assert.deepEqual([broken.status, broken.body.code], [400, "BAD_JSON"]);
    const long = await ask(service, RELEASE, sending(method, { a: "b".repeat(65_536) }));
    assert.deepEqual([long.status, long.body.code], [413, "BODY_TOO_LARGE"]);
  }
});

test("a change of requirements refuses parameters that nobody knows", async (context) => {
  const service = await startPublished(context);
  const unknown = await ask(service, `${RELEASE}?dryRun=true`, sending("PUT", {}));
  assert.deepEqual([unknown.status, unknown.body.fields], [422, ["dryRun"]]);
  assert.match(unknown.body.detail, /expected client or reindex$/);
  const client = await ask(service, `${RELEASE}?client=docker`, { method: "DELETE" });
  assert.equal(client.status, 422);
  assert.match(client.body.detail, /client: found "docker", expected "incus" or "lxd"$/);
});

test("a change of requirements finds keys that no client knows, and what they may mean", async (context) => {
  const service = await startPublished(context);
  const sent = sending("PUT", { secure_boot: false, nesting: "maybe" });
  const { status, body } = await ask(service, RELEASE, sent);
  assert.equal(status, 200);
  assert.deepEqual(
    body.findings.map(({ code, path }: Record<string, string>) => [code, path]).sort(),
    [
      ["REQUIREMENT_UNKNOWN", "images/debian/12/.requirements"],
      ["REQUIREMENT_VALUE", "images/debian/12/.requirements"],
    ],
  );
  const [first] = body.findings.filter((one: { code: string }) => /UNKNOWN$/.test(one.code));
  assert.match(first.message, /"secure_boot".*did you mean "secureboot"\?$/);
});

test("a change of requirements with reindex publishes what is below that level, and only that", async (context) => {
  const service = await startPublished(context);
  // Another level's change, which somebody else has yet to publish.
  writeFiles(service.root, { "images/ubuntu/.requirements": '{"cgroup": "v1"}' });
  const path = `${RELEASE}/amd64/cloud?reindex=true`;
  const { status, body } = await ask(service, path, sending("PATCH", { privileged: true }));
  assert.deepEqual([status, body.changed], [200, true]);
  assert.deepEqual(body.reindex.scope, ["debian:12:amd64:cloud"]);
  assert.deepEqual(body.reindex.changes.changed, ["debian:12:amd64:cloud"]);
  const { products } = readProducts(service.root);
  assert.deepEqual(products["debian:12:amd64:cloud"]?.requirements, {
    nesting: "true",
    privileged: "true",
  });
  assert.deepEqual(products["debian:12:amd64:default"]?.requirements, { nesting: "true" });
  assert.equal("cgroup" in (products["ubuntu:24.04:arm64:default"]?.requirements ?? {}), false);
  const [run] = (await ask(service, "/reindex")).body.runs;
  assert.deepEqual([run.run, run.trigger], [body.reindex.run, "requirements"]);
});

test("a change of requirements with reindex publishes also when nothing is new", async (context) => {
  const service = await startPublished(context);
  await ask(service, RELEASE, sending("PUT", { cgroup: "v1" }));
  const path = `${RELEASE}?reindex=true`;
  const { body } = await ask(service, path, sending("PUT", { cgroup: "v1" }));
  assert.equal(body.changed, false);
  assert.equal(body.reindex.changes.changed.length, 2);
  const again = await ask(service, path, sending("PUT", { cgroup: "v1" }));
  assert.deepEqual(again.body.reindex.changes.changed, []);
  const removed = await ask(service, path, { method: "DELETE" });
  assert.deepEqual([removed.body.changed, removed.body.reindex.changes.changed.length], [true, 2]);
  const unasked = await ask(service, `${RELEASE}?reindex=false`, { method: "DELETE" });
  assert.equal("reindex" in unasked.body, false);
});

test("a change of requirements whose reindex does not succeed says that it is made", async (context) => {
  const service = await startPublished(context);
  writeFiles(service.root, { "images/debian/.lxd_requirements": "broken" });
  const before = listTree(join(service.root, "streams"));
  const path = `${RELEASE}?reindex=true`;
  const { status, body } = await ask(service, path, sending("PUT", { cgroup: "v1" }));
  assert.deepEqual([status, body.code], [422, "FORMAT"]);
  assert.match(body.detail, /images\/debian\/\.lxd_requirements.*; the requirements are changed$/);
  assert.deepEqual([body.requirements.changed, body.requirements.own], [true, { cgroup: "v1" }]);
  assert.equal(body.errors[0].path, "images/debian/.lxd_requirements");
  const again = await ask(service, path, sending("PUT", { cgroup: "v1" }));
  assert.match(again.body.detail, /; the requirements were so before$/);
  assert.deepEqual(listTree(join(service.root, "streams")), before);
});

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { writeSampleTree } from "../../support/trees.ts";
import { ask } from "../support/described.ts";
import { sending, startService, type TestService } from "../support/service.ts";

const LEVEL = "/requirements/ubuntu/24.04";

function startWithTree(context: TestContext): TestService {
  const service = startService(context);
  writeSampleTree(service.root);
  return service;
}

test("GET /requirements answers 304 while If-None-Match names what holds", async (context) => {
  const service = startWithTree(context);
  const tag = (await ask(service, LEVEL)).headers.get("ETag") ?? "";
  const asked = { headers: { "If-None-Match": `"0123", ${tag}` } };
  const same = await service.request(`/api/v1${LEVEL}`, asked);
  assert.equal(same.status, 304);
  assert.equal(same.headers.get("ETag"), tag);
  assert.equal(await same.text(), "");
  await ask(service, LEVEL, sending("PUT", { cgroup: "v1" }));
  assert.equal((await ask(service, LEVEL, asked)).status, 200);
});

test("PUT /requirements with If-None-Match: * makes a new file and replaces none", async (context) => {
  const service = startWithTree(context);
  const put = (value: string) => sending("PUT", { cgroup: value }, { "If-None-Match": "*" });
  assert.equal((await ask(service, LEVEL, put("v1"))).body.changed, true);
  const second = await ask(service, LEVEL, put("v2"));
  assert.deepEqual([second.status, second.body.code], [412, "PRECONDITION_FAILED"]);
  assert.deepEqual((await ask(service, LEVEL)).body.own, { cgroup: "v1" });
});

test("PUT /requirements is refused when If-None-Match names what holds", async (context) => {
  const service = startWithTree(context);
  const tag = (await ask(service, LEVEL)).headers.get("ETag") ?? "";
  const put = (tag: string) => sending("PUT", { cgroup: "v1" }, { "If-None-Match": tag });
  assert.equal((await ask(service, LEVEL, put(tag))).status, 412);
  assert.equal((await ask(service, LEVEL, put('"0123"'))).status, 200);
});

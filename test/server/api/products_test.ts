import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { product, productPage } from "../../../server/api/schemas.ts";
import { writeFiles, writeSampleTree, writeVersion } from "../../support/trees.ts";
import { startService, type TestService } from "../support/service.ts";

async function startPublished(context: TestContext): Promise<TestService> {
  const service = startService(context);
  writeSampleTree(service.root);
  writeFiles(service.root, {
    "images/ubuntu/.requirements": '{"secureboot": false}',
    "images/debian/12/.lxd_requirements": '{"nesting": "true"}',
  });
  const answer = await service.json("/api/v1/reindex", { method: "POST" });
  assert.equal(answer.status, 200);
  return service;
}

async function idsOf(service: TestService, query: string): Promise<readonly string[]> {
  const { status, body } = await service.json(`/api/v1/products${query}`);
  assert.equal(status, 200);
  productPage.parse(body);
  return body.products.map((one: { id: string }) => one.id);
}

test("GET /products lists everything, sorted by id", async (context) => {
  const service = await startPublished(context);
  assert.deepEqual(await idsOf(service, ""), [
    "debian:12:amd64:cloud",
    "debian:12:amd64:default",
    "ubuntu:24.04:arm64:default",
  ]);
});

test("GET /products filters by each name, by type and by client", async (context) => {
  const service = await startPublished(context);
  const cloud = "debian:12:amd64:cloud";
  const standard = "debian:12:amd64:default";
  const ubuntu = "ubuntu:24.04:arm64:default";
  assert.deepEqual(await idsOf(service, "?os=ubuntu"), [ubuntu]);
  assert.deepEqual(await idsOf(service, "?release=12&variant=cloud"), [cloud]);
  assert.deepEqual(await idsOf(service, "?arch=x86_64"), [cloud, standard]);
  assert.deepEqual(await idsOf(service, "?type=virtual-machine"), [standard, ubuntu]);
  assert.deepEqual(await idsOf(service, "?os=none"), []);
});

test("GET /products pages with limit and cursor, and names the next page in Link", async (context) => {
  const service = await startPublished(context);
  const first = await service.json("/api/v1/products?limit=2");
  assert.equal(first.body.products.length, 2);
  const [, next = ""] = /^<(.*)>; rel="next"$/.exec(first.headers.get("Link") ?? "") ?? [];
  assert.equal(next, `/api/v1/products?limit=2&cursor=${first.body.cursor}`);
  const second = await service.json(next);
  assert.deepEqual(second.body.products.map(({ id }: { id: string }) => id), [
    "ubuntu:24.04:arm64:default",
  ]);
  assert.equal(second.body.cursor, undefined);
  assert.equal(second.headers.get("Link"), null);
});

test("GET /products refuses parameters that nobody knows and values that do not fit", async (context) => {
  const service = await startPublished(context);
  const unknown = await service.json("/api/v1/products?distro=debian");
  assert.deepEqual([unknown.status, unknown.body.code], [422, "UNKNOWN_FIELD"]);
  assert.deepEqual(unknown.body.fields, ["distro"]);
  for (const query of ["limit=0", "limit=1001", "limit=x", "type=vm", "client=docker"]) {
    const answer = await service.json(`/api/v1/products?${query}`);
    assert.deepEqual([answer.status, answer.body.code], [422, "INVALID"], query);
  }
});

test("GET /products/ID shows one product, its ID percent-encoded or not", async (context) => {
  const service = await startPublished(context);
  for (const id of ["ubuntu:24.04:arm64:default", "ubuntu%3A24.04%3Aarm64%3Adefault"]) {
    const { status, body } = await service.json(`/api/v1/products/${id}`);
    assert.equal(status, 200);
    product.parse(body);
    assert.deepEqual(body.requirements, { secureboot: "false" });
    assert.deepEqual(body.lxd_requirements, { secureboot: "false" });
    assert.deepEqual(body.aliases, ["ubuntu/24.04/default", "ubuntu/24.04"]);
    const [version] = body.versions;
    assert.equal(version.name, "202401040524");
    // printf 'vm: incus\nvm: disk\n' | sha256sum
    assert.equal(
      version.images[0].fingerprint,
      "8e2ea7e6cd9308ae3d35c1434223520857a8aacc2602754b6fe3ff04f538aec8",
    );
    assert.equal(version.images[0].type, "virtual-machine");
    assert.equal(version.images[0].size, 19);
  }
});

test("GET /products/ID says 404 for an ID that is not published", async (context) => {
  const service = await startPublished(context);
  const { status, body, headers } = await service.json("/api/v1/products/debian:13:amd64:default");
  assert.equal(status, 404);
  assert.equal(headers.get("Content-Type"), "application/problem+json");
  assert.deepEqual([body.code, body.status, body.type], ["NOT_FOUND", 404, "about:blank"]);
  assert.equal(body.requestId, headers.get("X-Request-Id"));
});

test("GET /products sees what another process published", async (context) => {
  const service = await startPublished(context);
  assert.equal((await idsOf(service, "?os=alpine")).length, 0);
  writeVersion(service.root, "alpine/3.20/amd64/default/20240105");
  await service.runIndex({ dryRun: false, rehash: false }, { onProgress() {} });
  assert.deepEqual(await idsOf(service, "?os=alpine"), ["alpine:3.20:amd64:default"]);
});

test("GET /products is empty where nothing is published, and says so where the document is broken", async (context) => {
  const service = startService(context);
  assert.deepEqual(await idsOf(service, ""), []);
  writeFiles(service.root, { "streams/v1/images.json": "not a document" });
  const { status, body } = await service.json("/api/v1/products");
  assert.deepEqual([status, body.code], [422, "FORMAT"]);
});

import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Hono } from "hono";
import { createSystemPorts } from "../../core/adapters/system.ts";
import { StorageError } from "../../core/errors.ts";
import type { ServerEnvironment } from "../../server/environment.ts";
import { createHealth } from "../../server/health.ts";
import { createMetrics } from "../../server/metrics.ts";
import { problemBody, problemResponse, toProblem } from "../../server/problem.ts";
import { createPublishedState } from "../../server/published_state.ts";
import { IMAGES, INDEX, writeFiles, writeSampleTree } from "../support/trees.ts";
import { workerUrl } from "../support/worker.ts";
import { startService, type TestService } from "./support/service.ts";

async function startPublished(context: TestContext): Promise<TestService> {
  const service = startService(context);
  writeSampleTree(service.root);
  assert.equal((await service.json("/api/v1/reindex", { method: "POST" })).status, 200);
  return service;
}

test("GET /healthz says that the server is alive, whatever the root", async (context) => {
  const service = startService(context);
  rmSync(service.root, { recursive: true });
  const { status, body, headers } = await service.json("/healthz");
  assert.deepEqual([status, body], [200, { status: "alive" }]);
  assert.equal(headers.get("Cache-Control"), "no-store");
});

test("GET /readyz says 503 and what to do while nothing is published, and then 200", async (context) => {
  const service = startService(context);
  writeSampleTree(service.root);
  const before = await service.json("/readyz");
  assert.deepEqual([before.status, before.body.code], [503, "NOT_READY"]);
  assert.match(
    before.body.detail,
    /^No document is published, .*POST \/api\/v1\/reindex makes them$/,
  );
  await service.json("/api/v1/reindex", { method: "POST" });
  const after = await service.json("/readyz");
  assert.deepEqual([after.status, after.body], [200, { status: "ready" }]);
  assert.equal(after.headers.get("Cache-Control"), "no-store");
});

test("GET /readyz says 503 when either document is missing or broken", async (context) => {
  const service = await startPublished(context);
  rmSync(join(service.root, INDEX));
  assert.equal((await service.json("/readyz")).status, 503);
  await service.json("/api/v1/reindex?rehash=true", { method: "POST" });
  assert.equal((await service.json("/readyz")).status, 200);
  writeFiles(service.root, { [IMAGES]: "broken" });
  assert.equal((await service.json("/readyz")).status, 503);
  rmSync(join(service.root, IMAGES));
  assert.equal((await service.json("/readyz")).status, 503);
});

test("GET /readyz says 503 when the root is gone", async (context) => {
  const service = await startPublished(context);
  rmSync(service.root, { recursive: true });
  const { status, body } = await service.json("/readyz");
  assert.deepEqual([status, body.code], [503, "NOT_READY"]);
  assert.match(body.detail, /^The root cannot be read/);
  assert.equal(body.detail.includes(service.root), false);
});

test("GET /readyz says 503, and GET /metrics answers, where the system says no to reading", async () => {
  const { reader, clock } = createSystemPorts(workerUrl());
  const denied = (path: string) => {
    throw new StorageError("denied", path, `Cannot read ${path}: denied`);
  };
  for (const change of [{ list: denied }, { stat: denied }]) {
    const ports = { root: "/srv", reader: { ...reader, list: () => [], ...change } };
    const published = createPublishedState({ ...ports, clock, onTrouble() {} });
    const metrics = createMetrics(published.facts);
    const app = new Hono<ServerEnvironment>();
    app.onError((error) => {
      const { code, message } = toProblem(error, "/srv");
      return problemResponse(problemBody(code, message));
    });
    app.route("/", createHealth({ ...ports, published, metrics }));
    assert.equal((await app.request("/readyz")).status, 503);
    assert.equal((await app.request("/metrics")).status, 200);
  }
});

test("GET /metrics counts requests, runs and what is published", async (context) => {
  const service = await startPublished(context);
  await service.json("/api/v1/products/debian:12:amd64:default");
  await service.json("/api/v1/products/none");
  await service.json("/nowhere/1");
  await service.json("/nowhere/2");
  const response = await service.request("/metrics");
  assert.equal(response.status, 200);
  assert.match(response.headers.get("Content-Type") ?? "", /^text\/plain; version=0\.0\.4/);
  assert.equal(response.headers.get("Cache-Control"), "no-store");
  const text = await response.text();
  const requests = "simplestreams_http_request_duration_seconds_count";
  for (
    const line of [
      `${requests}{route="/api/v1/products/:id",method="GET",status="200"} 1`,
      `${requests}{route="/api/v1/products/:id",method="GET",status="404"} 1`,
      `${requests}{route="/api/v1/reindex",method="POST",status="200"} 1`,
      `${requests}{route="none",method="GET",status="404"} 2`,
      'simplestreams_reindex_runs_total{state="done",trigger="api"} 1',
      "simplestreams_findings 0",
      "simplestreams_products 3",
      "simplestreams_versions 4",
      "simplestreams_images 9",
    ]
  ) {
    assert.ok(text.includes(`\n${line}\n`), line);
  }
  assert.doesNotMatch(text, /nowhere/);
});

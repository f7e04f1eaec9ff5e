import assert from "node:assert/strict";
import { test } from "node:test";
import { startService } from "./support/service.ts";

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

test("a request keeps the ID that its client gives it", async (context) => {
  const service = startService(context);
  for (const id of ["7", "a.b_c-D", "x".repeat(64)]) {
    for (const path of ["/healthz", "/none", "/api/v1/products", "/images/none"]) {
      const response = await service.request(path, { headers: { "X-Request-Id": id } });
      assert.equal(response.headers.get("X-Request-Id"), id);
      if (response.status === 404) assert.equal((await response.json()).requestId, id);
      assert.equal(service.log.at(-1)?.["id"], id);
    }
  }
});

test("a request gets an ID where its client gives none, or one that is no use", async (context) => {
  const service = startService(context);
  const seen = new Set<string>();
  for (const id of [undefined, "", "a b", "x".repeat(65), "a/b", '"', "a,b", "ü"]) {
    const headers = id === undefined ? undefined : { "X-Request-Id": id };
    const response = await service.request("/healthz", { headers });
    const made = response.headers.get("X-Request-Id") ?? "";
    assert.match(made, UUID);
    assert.equal(service.log.at(-1)?.["id"], made);
    seen.add(made);
  }
  assert.equal(seen.size, 8);
});

test("the log has a line for each request, without its query", async (context) => {
  const service = startService(context);
  await service.request("/api/v1/products?os=secret", { headers: { "User-Agent": "curl/8" } });
  await service.request("/no%20route?token=secret", { method: "POST" });
  const lines = service.log.filter(({ event }) => event === "request");
  assert.deepEqual(
    lines.map(({ method, path, status, agent, address }) => [method, path, status, agent, address]),
    [
      ["GET", "/api/v1/products", 200, "curl/8", "local"],
      ["POST", "/no route", 404, "-", "local"],
    ],
  );
  for (const { ms, bytes } of lines) {
    assert.ok(Number(ms) >= 0);
    assert.equal(typeof bytes, "number");
  }
  assert.doesNotMatch(JSON.stringify(service.log), /secret/);
});

import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { z } from "zod";
import { VERSION } from "../../../core/version.ts";
import { writeSampleTree } from "../../support/trees.ts";
import { API, ask, describeApi, type Description, type Operation } from "../support/described.ts";
import { sending, startService } from "../support/service.ts";

const METHODS = ["get", "post", "put", "patch", "delete"];

async function readDescription(context: TestContext): Promise<Description> {
  return await describeApi(startService(context));
}

function operationsOf(
  { paths }: Description,
): readonly { readonly name: string; readonly path: string; readonly operation: Operation }[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      name: `${method} ${path}`,
      path,
      operation,
    }))
  );
}

/** Every value of a document with this name, wherever it is. */
function valuesOf(document: unknown, name: string): readonly unknown[] {
  if (typeof document !== "object" || document === null) return [];
  return Object.entries(document).flatMap(([key, value]) => [
    ...key === name ? [value] : [],
    ...valuesOf(value, name),
  ]);
}

test("GET /openapi.json says which version of OpenAPI and of this it is", async (context) => {
  const { openapi, info, servers } = await readDescription(context);
  assert.match(openapi, /^3\.1\.\d+$/);
  assert.deepEqual([info.title, info.version], ["simplestreams", VERSION]);
  assert.deepEqual(servers, [{ url: API }]);
});

test("GET /openapi.json has the routes that the service answers, and no other", async (context) => {
  const service = startService(context);
  const names = operationsOf(await describeApi(service)).map(({ name }) => name);
  const answered = service.routes.filter(({ method, path }) =>
    method !== "ALL" && path.startsWith(`${API}/`)
  ).map(({ method, path }) => {
    const pattern = path.slice(API.length).replaceAll(/:(\w+)(?:\{.+?\})?/g, "{$1}");
    return `${method.toLowerCase()} ${pattern}`;
  });
  assert.deepEqual([...names].sort(), [...new Set(answered)].sort());
  const levels = ["{os}", "{os}/{release}", "{os}/{release}/{arch}"];
  const requirements = [...levels, "{os}/{release}/{arch}/{variant}"].flatMap((level) =>
    ["delete", "get", "patch", "put"].map((method) => `${method} /requirements/${level}`)
  );
  assert.deepEqual(
    [...names].sort(),
    [
      ...["get /products", "get /products/{id}", "get /reindex", "get /reindex/{run}"],
      ...["get /images", "get /images/{name}", "delete /images/{name}", "get /verify"],
      ...["post /reindex", "post /prune", "get /openapi.json", "get /docs"],
      ...requirements,
    ].sort(),
  );
});

test("GET /openapi.json has no route that is not answered, and 405 names those of a path", async (context) => {
  const service = startService(context);
  const { paths } = await describeApi(service);
  for (const [path, item] of Object.entries(paths)) {
    const described = Object.keys(item).map((method) => method.toUpperCase());
    const expected = [...described, ...described.includes("GET") ? ["HEAD"] : []].sort();
    for (const method of [...METHODS, "options", "propfind"]) {
      if (described.includes(method.toUpperCase())) continue;
      const filled = path.replaceAll(/\{\w+\}/g, "x");
      const answer = await ask(service, filled, { method: method.toUpperCase() });
      assert.deepEqual([answer.status, answer.body.code], [405, "METHOD_NOT_ALLOWED"], filled);
      assert.equal(answer.headers.get("Allow"), expected.join(", "), filled);
    }
  }
});

test("every reference of openapi.json leads to a schema", async (context) => {
  const description = await readDescription(context);
  const targets = valuesOf(description, "$ref");
  assert.ok(targets.length > 50);
  for (const target of targets) {
    const [, name = ""] = /^#\/components\/schemas\/(\w+)$/.exec(String(target)) ?? [];
    assert.ok(name in description.components.schemas, String(target));
  }
  const used = new Set(targets.map((target) => String(target).split("/").at(-1)));
  const unused = Object.keys(description.components.schemas).filter((name) => !used.has(name));
  assert.deepEqual(unused, []);
});

test("every path parameter of openapi.json is declared, and no other", async (context) => {
  for (const { name, path, operation } of operationsOf(await readDescription(context))) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
    const declared = (operation.parameters ?? []).filter((one) => one.in === "path");
    assert.deepEqual(declared.map((one) => one.name), inPath, name);
    assert.ok(declared.every((one) => one.required === true), name);
    const all = (operation.parameters ?? []).map((one) => `${one.in} ${one.name}`);
    assert.equal(new Set(all).size, all.length, name);
    for (const { schema } of operation.parameters ?? []) assert.equal(typeof schema, "object");
  }
});

test("every operation of openapi.json has a summary, a tag and answers with a text", async (context) => {
  for (const { name, operation } of operationsOf(await readDescription(context))) {
    assert.ok((operation.summary ?? "").length > 5, name);
    assert.equal(operation.tags?.length, 1, name);
    for (const [status, { description }] of Object.entries(operation.responses)) {
      assert.match(status, /^[2-5]\d\d$/);
      assert.notEqual(description, "", `${name} ${status}`);
    }
    assert.ok("200" in operation.responses, name);
    if (/^(?:put|patch) /.test(name)) assert.equal(operation.requestBody?.required, true, name);
  }
});

test("every schema of openapi.json is JSON Schema that a reader of its own understands", async (context) => {
  const { components } = await readDescription(context);
  const definitions = JSON.stringify(components.schemas);
  for (const name of Object.keys(components.schemas)) {
    const text = `{"$ref": "#/$defs/${name}", "$defs": ${definitions}}`;
    const schema = JSON.parse(text.replaceAll("#/components/schemas/", "#/$defs/"));
    assert.ok(z.fromJSONSchema(schema) instanceof z.ZodType, name);
  }
});

test("no schema of openapi.json asks of one object to be two closed ones", async (context) => {
  const { components } = await readDescription(context);
  for (const parts of valuesOf(components.schemas, "allOf")) {
    assert.ok(Array.isArray(parts));
    assert.ok(!parts.some((part) => "properties" in part), JSON.stringify(parts));
  }
});

test("openapi.json says how tokens are shown, and that none may be needed", async (context) => {
  const { security, components } = await readDescription(context);
  assert.deepEqual(security, [{}, { token: [] }]);
  assert.deepEqual(components.securitySchemes, {
    token: { type: "http", scheme: "bearer", description: "A line of the server's token file" },
  });
});

test("every answer of a session is as openapi.json has it", async (context) => {
  const service = startService(context);
  writeSampleTree(service.root);
  const { body: { run } } = await ask(service, "/reindex", { method: "POST" });
  for (
    const [path, init] of [
      ["/reindex"],
      [`/reindex/${run}`],
      ["/reindex/none"],
      ["/products?limit=1"],
      ["/products?limit=0"],
      ["/products/debian:12:amd64:default"],
      ["/products/none"],
      ["/images?limit=1"],
      ["/images?word=debian&word=cloud&client=lxd"],
      ["/images?limit=0"],
      ["/images/debian%2F12"],
      ["/images/none"],
      ["/verify"],
      ["/verify?fast=true"],
      ["/verify?fast=1"],
      ["/requirements/debian"],
      ["/requirements/debian?client=lxd"],
      ["/requirements/none"],
      ["/requirements/debian?reindex=true", sending("PUT", { nesting: "no" })],
      ["/requirements/debian", sending("PATCH", "[]")],
      ["/reindex", sending("POST", { strict: 1 })],
      ["/openapi.json"],
    ] as const
  ) {
    await ask(service, path, init);
  }
});

test("GET /docs is a page that loads nothing, runs nothing and says so", async (context) => {
  const service = startService(context);
  const response = await service.request(`${API}/docs`);
  const page = await response.text();
  assert.equal(response.status, 200);
  assert.match(response.headers.get("Content-Type") ?? "", /^text\/html/);
  const policy = response.headers.get("Content-Security-Policy") ?? "";
  assert.match(policy, /^default-src 'none';/);
  assert.doesNotMatch(policy, /script-src|https?:|\*/);
  assert.equal(response.headers.get("X-Content-Type-Options"), "nosniff");
  assert.doesNotMatch(page, /<script|<link|<img|<iframe|\son\w+=|javascript:|@import|url\(/i);
  // No address at all, so none of another host.
  assert.doesNotMatch(page, /(?:https?:)?\/\/\w/i);
});

test("GET /docs has every operation and every schema, and links that lead somewhere", async (context) => {
  const service = startService(context);
  const description = await describeApi(service);
  const page = await (await service.request(`${API}/docs`)).text();
  for (const { name, operation } of operationsOf(description)) {
    const [method, path] = name.split(" ");
    assert.ok(page.includes(`<code>${method}</code> <code>${path}</code>`), name);
    assert.ok(page.includes(operation.summary ?? "none"), name);
  }
  const anchors = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
  for (const name of Object.keys(description.components.schemas)) assert.ok(anchors.has(name));
  for (const [, target] of page.matchAll(/ href="#([^"]*)"/g)) assert.ok(anchors.has(target));
  for (const [, target] of page.matchAll(/ href="([^#"][^"]*)"/g)) {
    assert.equal((await service.request(`${API}/${target}`)).status, 200);
  }
  for (const tag of ["section", "table", "h3", "h4", "pre", "code", "p"]) {
    const count = (pattern: string) => page.split(new RegExp(pattern)).length;
    assert.equal(count(`<${tag}[ >]`), count(`</${tag}>`), tag);
  }
});

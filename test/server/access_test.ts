import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { makeTempDirectory } from "../support/temp_directory.ts";
import { writeFiles, writeSampleTree } from "../support/trees.ts";
import { ask } from "./support/described.ts";
import { sending, startService, type TestService } from "./support/service.ts";

const TOKEN = "0123456789abcdef-the-token";
const OTHER = "fedcba9876543210-the-other";
// htpasswd -nbB -C 4 reader secret
const HTPASSWD = "reader:$2y$04$P23q14YfgByOwp.ekuiQb.0N95AjdAhUxBF2w.JWsC.7M96cAk5jq\n";

function startWithTokens(
  context: TestContext,
  options: { readonly protectReads?: boolean } = {},
): TestService {
  const directory = makeTempDirectory(context);
  writeFiles(directory, { tokens: `ansible:${TOKEN}\n${OTHER}\n` });
  const service = startService(context, { tokenFile: join(directory, "tokens"), ...options });
  writeSampleTree(service.root);
  return service;
}

function withToken(token: string, init: RequestInit = {}): RequestInit {
  const headers = new Headers(init.headers);
  headers.set("Authorization", `Bearer ${token}`);
  return { ...init, headers };
}

function basic(text: string): HeadersInit {
  return { Authorization: `Basic ${Buffer.from(text).toString("base64")}` };
}

const WRITES: readonly (readonly [path: string, init: RequestInit])[] = [
  ["/reindex", { method: "POST" }],
  ["/requirements/debian", sending("PUT", {})],
  ["/requirements/debian", sending("PATCH", {})],
  ["/requirements/debian", { method: "DELETE" }],
];

test("writes without a token file are taken from this machine", async (context) => {
  const service = startService(context);
  writeSampleTree(service.root);
  for (const host of ["127.0.0.1:8080", "localhost:8080", "localhost", "[::1]:8080"]) {
    for (const [path, init] of WRITES) {
      const headers = new Headers(init.headers);
      headers.set("Host", host);
      assert.equal((await ask(service, path, { ...init, headers })).status, 200, host);
    }
  }
  const own = { Host: "localhost:8080", Origin: "http://localhost:8080" };
  const headers = { ...own, "Sec-Fetch-Site": "same-origin" };
  assert.equal((await ask(service, "/reindex", { method: "POST", headers })).status, 200);
});

test("writes without a token file are refused from web pages, proxies and other hosts", async (context) => {
  const service = startService(context);
  writeSampleTree(service.root);
  for (
    const [name, value] of [
      ["Host", "images.example.org"],
      ["Host", "192.0.2.1:8080"],
      ["Host", "127.0.0.1.example.org"],
      ["Origin", "https://example.org"],
      ["Origin", "null"],
      ["Origin", "http://127.0.0.1:8081"],
      ["Sec-Fetch-Site", "cross-site"],
      ["Sec-Fetch-Site", "same-site"],
      ["X-Forwarded-For", "127.0.0.1"],
      ["X-Forwarded-Host", "localhost"],
      ["X-Real-IP", "127.0.0.1"],
      ["Forwarded", "for=127.0.0.1"],
      ["Via", "1.1 proxy"],
    ] as const
  ) {
    for (const [path, init] of WRITES) {
      const headers = new Headers(init.headers);
      headers.set(name, value);
      const { status, body } = await ask(service, path, { ...init, headers });
      assert.deepEqual([status, body.code], [403, "FORBIDDEN"], `${name}: ${value}`);
      assert.match(
        body.detail,
        /without --token-file this server takes such requests from its own/,
      );
    }
  }
  assert.deepEqual((await ask(service, "/reindex")).body.runs, []);
});

test("reads without a token file are open to other hosts and to web pages", async (context) => {
  const service = startService(context);
  writeSampleTree(service.root);
  const headers = { Host: "images.example.org", Origin: "https://example.org" };
  for (const path of ["/products", "/reindex", "/requirements/debian", "/openapi.json"]) {
    const answer = await ask(service, path, { headers });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("Access-Control-Allow-Origin"), null);
  }
});

test("writes with a token file need a token, on this machine too", async (context) => {
  const service = startWithTokens(context);
  for (const [path, init] of WRITES) {
    const none = await ask(service, path, init);
    assert.deepEqual([none.status, none.body.code], [401, "UNAUTHORIZED"]);
    assert.equal(none.headers.get("WWW-Authenticate"), 'Bearer realm="simplestreams"');
    for (
      const wrong of ["0123456789abcdef-not-known", TOKEN.slice(1), `${TOKEN}x`, "", "ansible"]
    ) {
      const refused = await ask(service, path, withToken(wrong, init));
      assert.deepEqual([refused.status, refused.body.code], [401, "UNAUTHORIZED"], wrong);
      assert.match(refused.headers.get("WWW-Authenticate") ?? "", /^Bearer realm="simplestreams"/);
      if (wrong !== "") assert.equal(JSON.stringify(refused.body).includes(wrong), false);
    }
    const other = await ask(service, path, { ...init, headers: basic(`ansible:${TOKEN}`) });
    assert.equal(other.status, 401);
  }
  assert.deepEqual((await ask(service, "/reindex")).body.runs, []);
});

test("writes with a right token are taken from everywhere", async (context) => {
  const service = startWithTokens(context);
  for (const token of [TOKEN, OTHER]) {
    for (const [path, init] of WRITES) {
      const headers = new Headers(init.headers);
      headers.set("Host", "images.example.org");
      headers.set("X-Forwarded-For", "192.0.2.1");
      const { status } = await ask(service, path, withToken(token, { ...init, headers }));
      assert.equal(status, 200, `${init.method} ${path}`);
    }
  }
});

test("the log has the name of a token and never the token", async (context) => {
  const service = startWithTokens(context);
  await ask(service, "/reindex", withToken(TOKEN, { method: "POST" }));
  await ask(service, "/reindex", withToken(OTHER, { method: "POST" }));
  await ask(service, "/reindex", withToken("0123456789abcdef-not-known", { method: "POST" }));
  await service.json(`/api/v1/products?token=${TOKEN}`);
  const requests = service.log.filter(({ event, path }) =>
    event === "request" && path === "/api/v1/reindex"
  );
  assert.deepEqual(requests.map(({ user, status }) => [user, status]), [
    ["ansible", 200],
    ["token-2", 200],
    [undefined, 401],
  ]);
  assert.doesNotMatch(JSON.stringify(service.log), /0123456789abcdef|fedcba9876543210/);
});

test("protected reads are those of the API and the metrics, nothing else", async (context) => {
  const service = startWithTokens(context, { protectReads: true });
  await ask(service, "/reindex", withToken(TOKEN, { method: "POST" }));
  const guarded = [
    ...["/api/v1/products", "/api/v1/reindex", "/api/v1/requirements/debian", "/metrics"],
    ...["/api/v1/openapi.json", "/api/v1/docs", "/api/v1/none", "/api", "/%61pi/v1/products"],
  ];
  for (const path of guarded) {
    for (const method of ["GET", "HEAD"]) {
      const refused = await service.request(path, { method });
      assert.equal(refused.status, 401, `${method} ${path}`);
      assert.match(refused.headers.get("WWW-Authenticate") ?? "", /^Bearer /);
      const open = await service.request(path, withToken(TOKEN, { method }));
      assert.ok([200, 404].includes(open.status), `${method} ${path}`);
    }
  }
  const image = "/images/debian/12/amd64/default/20240101_00%3A00/incus.tar.xz";
  for (const path of ["/healthz", "/readyz", "/streams/v1/index.json", image]) {
    for (const method of ["GET", "HEAD"]) {
      assert.equal((await service.request(path, { method })).status, 200, `${method} ${path}`);
    }
  }
});

test("users and passwords are for the tree, nothing else", async (context) => {
  const directory = makeTempDirectory(context);
  writeFiles(directory, { htpasswd: HTPASSWD });
  const service = startService(context, { readAuth: join(directory, "htpasswd") });
  writeSampleTree(service.root);
  assert.equal((await ask(service, "/reindex", { method: "POST" })).status, 200);
  const image = "/images/debian/12/amd64/default/20240101_00%3A00/incus.tar.xz";
  for (const path of ["/streams/v1/index.json", "/streams/v1/images.json", image, "/images/none"]) {
    const none = await service.request(path);
    assert.equal(none.status, 401, path);
    assert.match(none.headers.get("WWW-Authenticate") ?? "", /^Basic realm="simplestreams"/);
    const wrong = await service.request(path, { headers: basic("reader:wrong") });
    assert.equal(wrong.status, 401, path);
    const right = await service.request(path, { headers: basic("reader:secret") });
    assert.equal(right.status, path === "/images/none" ? 404 : 200, path);
  }
  for (const path of ["/api/v1/products", "/healthz", "/readyz", "/metrics"]) {
    assert.equal((await service.request(path)).status, 200, path);
  }
  const users = service.log.filter(({ path, status }) =>
    path === "/streams/v1/index.json" && status === 200
  );
  assert.deepEqual(users.map(({ user }) => user), ["reader"]);
  assert.doesNotMatch(JSON.stringify(service.log), /secret|cmVhZGVyOnNlY3JldA/);
});

test("known paths say which methods they have", async (context) => {
  const service = startService(context);
  for (
    const [path, methods] of [
      ["/api/v1/products", "GET, HEAD"],
      ["/api/v1/products/x", "GET, HEAD"],
      ["/api/v1/reindex", "GET, HEAD, POST"],
      ["/api/v1/reindex/x", "GET, HEAD"],
      ["/api/v1/requirements/x", "DELETE, GET, HEAD, PATCH, PUT"],
      ["/api/v1/openapi.json", "GET, HEAD"],
      ["/api/v1/docs", "GET, HEAD"],
      ["/healthz", "GET, HEAD"],
      ["/readyz", "GET, HEAD"],
      ["/metrics", "GET, HEAD"],
    ] as const
  ) {
    const { status, headers, body } = await service.json(path, { method: "OPTIONS" });
    assert.deepEqual([status, body.code], [405, "METHOD_NOT_ALLOWED"], path);
    assert.equal(headers.get("Allow"), methods, path);
    assert.equal(body.detail, `Cannot OPTIONS this, expected one of ${methods}`);
  }
});

test("unknown paths are 404, whatever the method", async (context) => {
  const service = startService(context);
  const paths = [
    ...["/", "/index.html", "/api", "/api/v1", "/api/v1/", "/api/v2/products", "/API/v1/products"],
    ...["/api/v1/none", "/api/v1/requirements", "/api/v1/requirements/a/b/c/d/e", "/healthz/x"],
  ];
  for (const path of paths) {
    for (const method of ["GET", "POST", "DELETE"]) {
      const { status, body } = await service.json(path, { method });
      assert.deepEqual([status, body.code], [404, "NO_ROUTE"], `${method} ${path}`);
      assert.match(
        body.detail,
        /expected \/images\/, \/streams\/ or \/api\/v1\/; see \/api\/v1\/docs/,
      );
    }
  }
});

test("HEAD of what can be read has the headers of GET and no body", async (context) => {
  const service = startService(context);
  writeSampleTree(service.root);
  await ask(service, "/reindex", { method: "POST" });
  const paths = [
    ...["/api/v1/products", "/api/v1/requirements/debian", "/api/v1/openapi.json", "/api/v1/docs"],
    ...["/healthz", "/readyz", "/metrics", "/api/v1/products/none"],
  ];
  for (const path of paths) {
    const [get, head] = [
      await service.request(path),
      await service.request(path, { method: "HEAD" }),
    ];
    assert.equal(head.status, get.status, path);
    assert.equal(await head.text(), "", path);
    for (const name of ["Content-Type", "ETag", "Cache-Control"]) {
      assert.equal(head.headers.get(name), get.headers.get(name), `${name} of ${path}`);
    }
    await get.text();
  }
});

test("answers of the API are kept by nobody and guessed at by nobody", async (context) => {
  const service = startService(context);
  for (const path of ["/products", "/reindex", "/none", "/openapi.json"]) {
    const { headers } = await service.json(`/api/v1${path}`);
    assert.equal(headers.get("Cache-Control"), "no-store", path);
    assert.equal(headers.get("X-Content-Type-Options"), "nosniff", path);
  }
});

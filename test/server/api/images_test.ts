import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { listImages } from "../../../core/list_images.ts";
import { openPublishedCatalog } from "../../../core/published_catalog.ts";
import { readDocument, writeFiles, writeSampleTree, writeVersion } from "../../support/trees.ts";
import { API, ask } from "../support/described.ts";
import { startService, type TestService } from "../support/service.ts";

const CLOUD = "debian:12:amd64:cloud@20240103.1";
const OLD = "debian:12:amd64:default@20240101_00:00";
const NEW = "debian:12:amd64:default@20240102_00:00";
const UBUNTU = "ubuntu:24.04:arm64:default@202401040524";
// printf 'vm: incus\nvm: disk\n' | sha256sum
const UBUNTU_FINGERPRINT = "8e2ea7e6cd9308ae3d35c1434223520857a8aacc2602754b6fe3ff04f538aec8";

async function startPublished(context: TestContext): Promise<TestService> {
  const service = startService(context);
  writeSampleTree(service.root);
  assert.equal((await ask(service, "/reindex", { method: "POST" })).status, 200);
  return service;
}

/** The versions of the images that are listed, each once. */
async function versionsOf(service: TestService, query: string): Promise<readonly string[]> {
  const { status, body } = await ask(service, `/images${query}`);
  assert.equal(status, 200);
  const versions = body.images.map((one: { product: string; version: string }) =>
    `${one.product}@${one.version}`
  );
  return [...new Set<string>(versions)];
}

test("GET /images is what simplestreams list shows", async (context) => {
  const service = await startPublished(context);
  const document = new TextEncoder().encode(readDocument(service.root));
  const catalog = openPublishedCatalog(document) ?? assert.fail();
  for (const client of [undefined, "incus", "lxd"] as const) {
    const { body } = await ask(service, `/images${client ? `?client=${client}` : ""}`);
    assert.deepEqual(body, { images: listImages(catalog, { client }) });
  }
  assert.deepEqual(await versionsOf(service, ""), [CLOUD, NEW, OLD, UBUNTU]);
});

test("GET /images filters by each name, by type, by client and by words", async (context) => {
  const service = await startPublished(context);
  for (
    const [query, versions] of [
      ["os=ubuntu", [UBUNTU]],
      ["release=12&variant=cloud", [CLOUD]],
      ["arch=x86_64", [CLOUD, NEW, OLD]],
      ["type=virtual-machine", [NEW, UBUNTU]],
      ["client=lxd&variant=cloud", [CLOUD]],
      ["word=Cloud", [CLOUD]],
      ["word=default&word=debian", [NEW, OLD]],
      ["word=8e2ea7e6", [UBUNTU]],
      ["os=none", []],
    ] as const
  ) assert.deepEqual(await versionsOf(service, `?${query}`), versions, query);
});

test("GET /images gives all of them once in pages of any size", async (context) => {
  const service = await startPublished(context);
  const { body: { images } } = await ask(service, "/images");
  for (const limit of [1, 2, 3, images.length]) {
    const seen: unknown[] = [];
    for (let path: string | undefined = `/images?limit=${limit}`; path !== undefined;) {
      const { body, headers } = await ask(service, path);
      assert.ok(body.images.length <= limit);
      seen.push(...body.images);
      assert.ok(seen.length <= images.length);
      const [, next] = /^<(.*)>; rel="next"$/.exec(headers.get("Link") ?? "") ?? [];
      assert.equal(next === undefined, body.cursor === undefined);
      path = next?.slice(API.length);
    }
    assert.deepEqual(seen, images, String(limit));
  }
});

test("GET /images goes on where a page ended though its last image is gone", async (context) => {
  const service = await startPublished(context);
  const cursorAfter = (...position: readonly string[]) =>
    Buffer.from(JSON.stringify(position)).toString("base64url");
  const product = "debian:12:amd64:default";
  for (
    const [position, versions] of [
      [[product, "20240101_12:00", "gone"], [OLD, UBUNTU]],
      [[product, "20240101_00:00", "gone"], [UBUNTU]],
      [["debian:12:amd64:d", "20240101", "gone"], [NEW, OLD, UBUNTU]],
      [["zzz", "20240101", "gone"], []],
    ] as const
  ) {
    const cursor = cursorAfter(...position);
    assert.deepEqual(await versionsOf(service, `?cursor=${cursor}`), versions, position.join());
  }
});

test("GET /images refuses a cursor that is none, and parameters that do not fit", async (context) => {
  const service = await startPublished(context);
  for (const query of ["cursor=x", "limit=0", "type=vm", "client=docker"]) {
    const { status, body } = await ask(service, `/images?${query}`);
    assert.deepEqual([status, body.code], [422, "INVALID"], query);
  }
  const { status, body } = await ask(service, "/images?words=a");
  assert.deepEqual([status, body.code, body.fields], [422, "UNKNOWN_FIELD", ["words"]]);
});

test("GET /images sees what another process published", async (context) => {
  const service = await startPublished(context);
  assert.deepEqual(await versionsOf(service, "?os=alpine"), []);
  writeVersion(service.root, "alpine/3.20/amd64/default/20240105");
  await service.runIndex({ dryRun: false, rehash: false }, { onProgress() {} });
  assert.deepEqual(await versionsOf(service, "?os=alpine"), ["alpine:3.20:amd64:default@20240105"]);
});

test("GET /images is empty where nothing is published, and says where the document is broken", async (context) => {
  const service = startService(context);
  assert.deepEqual(await versionsOf(service, ""), []);
  writeFiles(service.root, { "streams/v1/images.json": "not a document" });
  const { status, body } = await ask(service, "/images");
  assert.deepEqual([status, body.code], [422, "FORMAT"]);
});

test("GET /images/NAME shows an image by alias, fingerprint, product and version", async (context) => {
  const service = await startPublished(context);
  for (
    const name of [
      "ubuntu%2F24.04",
      UBUNTU_FINGERPRINT,
      UBUNTU_FINGERPRINT.slice(0, 12).toUpperCase(),
      "ubuntu:24.04:arm64:default",
      UBUNTU,
    ]
  ) {
    const { status, body } = await ask(service, `/images/${name}`);
    assert.equal(status, 200, name);
    const [product, ...others] = body.products;
    assert.deepEqual([product.id, others], ["ubuntu:24.04:arm64:default", []]);
    assert.deepEqual(product.requirements, [{
      key: "secureboot",
      value: "false",
      file: "images/ubuntu/24.04/.lxd_requirements",
    }]);
    const [image] = product.images;
    assert.deepEqual([image.fingerprint, image.version], [UBUNTU_FINGERPRINT, "202401040524"]);
    assert.deepEqual(image.aliases, ["ubuntu/24.04/default", "ubuntu/24.04"]);
    assert.deepEqual([body.changes, body.unchecked], [[], undefined]);
  }
});

test("GET /images/NAME takes the slashes of an alias as they are", async (context) => {
  const service = await startPublished(context);
  const { status, body } = await service.json(`${API}/images/ubuntu/24.04/default`);
  assert.deepEqual([status, body.name], [200, "ubuntu/24.04/default"]);
});

for (const path of ["/images/debian%2F12", "/products/debian:12:amd64:default", "/reindex"]) {
  test(`GET ${path} refuses a field of the query, as it takes none`, async (context) => {
    const service = startService(context);
    const { status, body } = await ask(service, `${path}?clint=incus`);
    assert.deepEqual([status, body.code, body.fields], [422, "UNKNOWN_FIELD", ["clint"]]);
  });
}

test("GET /images/NAME says 404 for nobody's name, and 400 for the digits of several", async (context) => {
  const service = startService(context);
  const before = await ask(service, "/images/debian");
  assert.deepEqual([before.status, before.body.code], [404, "NOT_FOUND"]);
  writeSampleTree(service.root);
  await ask(service, "/reindex", { method: "POST" });
  const unknown = await ask(service, "/images/debian%2F13");
  assert.deepEqual([unknown.status, unknown.body.code], [404, "NOT_FOUND"]);
  const short = await ask(service, `/images/${UBUNTU_FINGERPRINT.slice(0, 2)}`);
  assert.deepEqual([short.status, short.body.code], [400, "USAGE"]);
});

test("GET /images/NAME reads no file that is new, and says that it did not", async (context) => {
  const service = await startPublished(context);
  writeVersion(service.root, "ubuntu/24.04/arm64/default/20240105");
  const { status, body } = await ask(service, "/images/ubuntu:24.04:arm64:default");
  assert.deepEqual([status, body.products.length, body.changes], [200, 1, []]);
  assert.match(body.unchecked, /^Cannot say what an index run would do: files are new/);
});

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { makeTempDirectory } from "../../support/temp_directory.ts";
import { listTree, writeFiles, writeSampleTree } from "../../support/trees.ts";
import { ask } from "../support/described.ts";
import { sending, startService, type TestService } from "../support/service.ts";

const RELEASE = "/requirements/debian/12";
const FILE = "images/debian/12/.requirements";

function startWithTree(context: TestContext): TestService {
  const service = startService(context);
  writeSampleTree(service.root);
  return service;
}

function textOf(service: TestService, path: string = FILE): string {
  return readFileSync(join(service.root, path), "utf8");
}

/** The files of settings and all else there is, with inodes and times. */
function imagesOf(service: TestService): readonly string[] {
  return listTree(join(service.root, "images"));
}

test("GET /requirements has what each of the four levels says and what it comes to", async (context) => {
  const service = startWithTree(context);
  writeFiles(service.root, {
    "images/debian/12/amd64/.requirements": '{"nesting": "false", "secureboot": false}',
    "images/debian/12/amd64/default/.requirements": '{"cgroup": "v1"}',
  });
  const below = { nesting: "false", secureboot: "false" };
  for (
    const [path, level, own, effective] of [
      ["debian", "debian", { nesting: "true" }, { nesting: "true" }],
      ["debian/12", "debian:12", null, { nesting: "true" }],
      ["debian/12/amd64", "debian:12:amd64", below, below],
      [
        ...["debian/12/amd64/default", "debian:12:amd64:default"] as const,
        ...[{ cgroup: "v1" }, { cgroup: "v1", ...below }],
      ],
    ] as const
  ) {
    const { status, body, headers } = await ask(service, `/requirements/${path}`);
    assert.equal(status, 200);
    assert.deepEqual(body, { level, client: "incus", own, effective });
    assert.match(headers.get("ETag") ?? "", /^"[0-9a-f]{32}"$/);
    assert.equal(headers.get("Cache-Control"), "no-cache");
  }
});

test("GET /requirements has those of either family of clients, of Incus without being asked", async (context) => {
  const service = startWithTree(context);
  writeFiles(service.root, { "images/ubuntu/.requirements": '{"nesting": true}' });
  const incus = await ask(service, "/requirements/ubuntu/24.04");
  const lxd = await ask(service, "/requirements/ubuntu/24.04?client=lxd");
  assert.deepEqual([incus.body.client, incus.body.own], ["incus", null]);
  assert.deepEqual(incus.body.effective, { nesting: "true" });
  assert.deepEqual([lxd.body.client, lxd.body.own], ["lxd", { secureboot: "false" }]);
  assert.deepEqual(lxd.body.effective, { secureboot: "false" });
  assert.deepEqual((await ask(service, "/requirements/ubuntu?client=incus")).body.own, {
    nesting: "true",
  });
});

test("GET /requirements changes its ETag with the level's own file and with those above", async (context) => {
  const service = startWithTree(context);
  const tag = async () => (await ask(service, RELEASE)).headers.get("ETag");
  const tags = [await tag()];
  writeFiles(service.root, { [FILE]: "{}" });
  tags.push(await tag());
  writeFiles(service.root, { "images/debian/.requirements": "{}" });
  tags.push(await tag());
  assert.equal(new Set(tags).size, 3);
  assert.equal(await tag(), tags[2]);
});

test("GET /requirements tells where a file is broken", async (context) => {
  const service = startWithTree(context);
  writeFiles(service.root, { "images/debian/.lxd_requirements": '{\n "a": 1.5}' });
  const { status, body } = await ask(service, RELEASE);
  assert.deepEqual([status, body.code], [422, "FORMAT"]);
  const [error] = body.errors;
  assert.deepEqual(
    [error.path, error.line, error.column],
    ["images/debian/.lxd_requirements", 2, 7],
  );
});

test("PUT /requirements writes the file, whole and sorted, and says so once", async (context) => {
  const service = startWithTree(context);
  const sent = sending("PUT", { secureboot: false, cgroup: "v1", nesting: true });
  const first = await ask(service, RELEASE, sent);
  assert.equal(first.status, 200);
  assert.deepEqual(first.body, {
    level: "debian:12",
    client: "incus",
    changed: true,
    own: { cgroup: "v1", nesting: "true", secureboot: "false" },
    effective: { cgroup: "v1", nesting: "true", secureboot: "false" },
    findings: [],
  });
  const text = '{\n  "cgroup": "v1",\n  "nesting": "true",\n  "secureboot": "false"\n}\n';
  assert.equal(textOf(service), text);
  const before = imagesOf(service);
  const second = await ask(service, RELEASE, sent);
  assert.deepEqual(second.body, { ...first.body, changed: false });
  assert.equal(second.headers.get("ETag"), first.headers.get("ETag"));
  assert.deepEqual(imagesOf(service), before);
  const read = await ask(service, RELEASE);
  assert.equal(read.headers.get("ETag"), first.headers.get("ETag"));
});

test("PUT /requirements replaces what was there, and mends a broken file", async (context) => {
  const service = startWithTree(context);
  await ask(service, RELEASE, sending("PUT", { nesting: "true", cgroup: "v1" }));
  const { body } = await ask(service, RELEASE, sending("PUT", { cgroup: "v2" }));
  assert.deepEqual(body.own, { cgroup: "v2" });
  writeFiles(service.root, { [FILE]: "broken" });
  const mended = await ask(service, RELEASE, sending("PUT", {}));
  assert.deepEqual([mended.status, mended.body.changed, mended.body.own], [200, true, {}]);
  assert.equal(textOf(service), "{}\n");
});

test("PUT /requirements keeps every digit of a whole number, however long", async (context) => {
  const service = startWithTree(context);
  for (const digits of ["12345678901234567890", "-0", "100000000000000000000000"]) {
    const { status, body } = await ask(service, RELEASE, sending("PUT", `{"a": ${digits}}`));
    assert.deepEqual([status, body.own], [200, { a: digits }]);
  }
});

test("PUT /requirements writes the file of LXD when asked for that", async (context) => {
  const service = startWithTree(context);
  const { body } = await ask(service, `${RELEASE}?client=lxd`, sending("PUT", { nesting: true }));
  assert.deepEqual([body.client, body.own], ["lxd", { nesting: "true" }]);
  assert.equal(
    textOf(service, "images/debian/12/.lxd_requirements"),
    '{\n  "nesting": "true"\n}\n',
  );
  assert.equal((await ask(service, RELEASE)).body.own, null);
});

test("PATCH /requirements sets and removes keys, and leaves the others alone", async (context) => {
  const service = startWithTree(context);
  await ask(service, RELEASE, sending("PUT", { nesting: "true", cgroup: "v1" }));
  const patch = { cgroup: null, secureboot: false, privileged: null };
  const type = { "Content-Type": "application/merge-patch+json" };
  const { status, body } = await ask(service, RELEASE, sending("PATCH", patch, type));
  assert.deepEqual([status, body.changed], [200, true]);
  assert.deepEqual(body.own, { nesting: "true", secureboot: "false" });
  const before = imagesOf(service);
  const again = await ask(service, RELEASE, sending("PATCH", patch, type));
  assert.deepEqual([again.status, again.body.changed], [200, false]);
  assert.deepEqual(imagesOf(service), before);
});

test("PATCH /requirements takes plain JSON too, and makes no file for nothing", async (context) => {
  const service = startWithTree(context);
  const none = await ask(service, RELEASE, sending("PATCH", { cgroup: null }));
  assert.deepEqual([none.body.changed, none.body.own], [false, null]);
  const some = await ask(service, RELEASE, sending("PATCH", { cgroup: "v1" }));
  assert.deepEqual([some.body.changed, some.body.own], [true, { cgroup: "v1" }]);
});

test("PATCH /requirements does not mend a broken file", async (context) => {
  const service = startWithTree(context);
  writeFiles(service.root, { [FILE]: "broken" });
  const { status, body } = await ask(service, RELEASE, sending("PATCH", { cgroup: "v1" }));
  assert.deepEqual([status, body.code, body.errors[0].path], [422, "FORMAT", FILE]);
  assert.equal(textOf(service), "broken");
});

test("DELETE /requirements removes the file, and says so once", async (context) => {
  const service = startWithTree(context);
  const init = { method: "DELETE" };
  const first = await ask(service, "/requirements/debian", init);
  assert.deepEqual([first.status, first.body.changed, first.body.own], [200, true, null]);
  assert.deepEqual(first.body.effective, {});
  assert.throws(() => textOf(service, "images/debian/.requirements"), { code: "ENOENT" });
  const before = imagesOf(service);
  const second = await ask(service, "/requirements/debian", init);
  assert.deepEqual([second.status, second.body.changed], [200, false]);
  assert.deepEqual(imagesOf(service), before);
});

test("a change of requirements leaves nothing behind but the file", async (context) => {
  const service = startWithTree(context);
  await ask(service, RELEASE, sending("PUT", { cgroup: "v1" }));
  const before = imagesOf(service).map((line) => line.split(" ")[0]);
  await ask(service, RELEASE, sending("PATCH", { cgroup: "v2" }));
  assert.deepEqual(imagesOf(service).map((line) => line.split(" ")[0]), before);
});

test("a change of requirements has effect null where another level is broken", async (context) => {
  const service = startWithTree(context);
  writeFiles(service.root, { "images/debian/.requirements": "broken" });
  const { status, body } = await ask(service, RELEASE, sending("PUT", { cgroup: "v1" }));
  assert.deepEqual([status, body.changed, body.effective], [200, true, null]);
});

for (
  const init of [
    sending("PUT", { cgroup: "v1" }),
    sending("PATCH", { cgroup: "v1" }),
    { method: "DELETE" },
  ]
) {
  test(`${init.method} /requirements happens when If-Match is met, and else not`, async (context) => {
    const service = startWithTree(context);
    await ask(service, RELEASE, sending("PUT", { nesting: "true" }));
    const tag = (await ask(service, RELEASE)).headers.get("ETag") ?? "";
    const before = imagesOf(service);
    for (const other of ['"0123"', `W/${tag}`, tag.slice(1, -1), '"a", "b"', ""]) {
      const headers = new Headers(init.headers);
      headers.set("If-Match", other);
      const refused = await ask(service, RELEASE, { ...init, headers });
      assert.deepEqual([refused.status, refused.body.code], [412, "PRECONDITION_FAILED"], other);
      assert.equal(refused.headers.get("ETag"), tag);
      assert.match(refused.body.detail, new RegExp(`they are ${tag} by now, expected `));
      assert.deepEqual(imagesOf(service), before);
    }
    const headers = new Headers(init.headers);
    headers.set("If-Match", `"0123", ${tag}`);
    const { status, body } = await ask(service, RELEASE, { ...init, headers });
    assert.deepEqual([status, body.changed], [200, true]);
    const stale = await ask(service, RELEASE, { ...init, headers });
    assert.equal(stale.status, 412);
  });
}

test("If-Match: * is met by any file of the level's own, and by a broken one", async (context) => {
  const service = startWithTree(context);
  const put = sending("PUT", { cgroup: "v1" }, { "If-Match": "*" });
  const refused = await ask(service, RELEASE, put);
  assert.equal(refused.status, 412);
  assert.match(refused.body.detail, /the level has no file of its own, expected one$/);
  for (const text of ["{}", "broken"]) {
    writeFiles(service.root, { [FILE]: text });
    assert.equal((await ask(service, RELEASE, put)).status, 200);
  }
});

test("requirements of levels that are not there are 404", async (context) => {
  const service = startWithTree(context);
  mkdirSync(join(service.root, "images/debian/.hidden"));
  writeFiles(service.root, { "images/debian/file": "no folder" });
  const before = listTree(service.root);
  const paths = ["fedora", "debian/13", "debian/.hidden", ".hidden", "debian/file"];
  const encoded = ["debian%2F12", "%2e%2e%2fimages", "debian/%2e%2e%2f..", "a%00b", "%ff", "a%25b"];
  for (const path of [...paths, ...encoded, "debian:12", "x".repeat(300), "debian/12/a/b/c"]) {
    for (
      const init of [
        { method: "GET" },
        sending("PUT", { a: "b" }),
        sending("PATCH", { a: "b" }),
        { method: "DELETE" },
      ]
    ) {
      const { status, body } = await ask(service, `/requirements/${path}`, init);
      assert.equal(status, 404, `${init.method} ${path}`);
      assert.ok(["NOT_FOUND", "NO_ROUTE"].includes(body.code));
      assert.equal(body.detail.includes(service.root), false);
    }
  }
  assert.deepEqual(listTree(service.root), before);
});

test("requirements are never those of folders above images", async (context) => {
  const service = startWithTree(context);
  for (const path of ["..", "%2e%2e", "debian/..%2f..", "..%2f..%2fetc", "%2e%2e/%2e%2e/etc"]) {
    const put = await ask(service, `/requirements/${path}`, sending("PUT", { a: "b" }));
    assert.ok([404, 405].includes(put.status), path);
  }
  assert.throws(() => textOf(service, ".requirements"), { code: "ENOENT" });
  assert.throws(() => textOf(service, "images/.requirements"), { code: "ENOENT" });
});

test("requirements of a level are found by its percent-encoded names", async (context) => {
  const service = startWithTree(context);
  mkdirSync(join(service.root, "images/déb ian+/24.04"), { recursive: true });
  const path = "/requirements/d%C3%A9b%20ian%2B/24%2E04";
  const { status, body } = await ask(service, path, sending("PUT", { cgroup: "v1" }));
  assert.deepEqual([status, body.level], [200, "déb ian+:24.04"]);
  assert.equal((await ask(service, "/requirements/déb ian+/24.04")).body.own.cgroup, "v1");
});

test("requirements of a level that a link leads out of the root to are 404", async (context) => {
  const service = startWithTree(context);
  const outside = makeTempDirectory(context);
  writeFiles(outside, { ".requirements": '{"secret": "true"}' });
  symlinkSync(outside, join(service.root, "images/elsewhere"));
  for (const init of [{ method: "GET" }, sending("PUT", {}), { method: "DELETE" }]) {
    const { status, body } = await ask(service, "/requirements/elsewhere", init);
    assert.deepEqual([status, body.code], [404, "NOT_FOUND"]);
    assert.match(body.detail, /a symbolic link leads out of the root/);
    assert.doesNotMatch(JSON.stringify(body), /secret/);
  }
  assert.equal(readFileSync(join(outside, ".requirements"), "utf8"), '{"secret": "true"}');
});

test("requirements of a level that a link leads to within the root are its own", async (context) => {
  const service = startWithTree(context);
  renameSync(join(service.root, "images/debian/12"), join(service.root, "images/debian/bookworm"));
  symlinkSync("bookworm", join(service.root, "images/debian/12"));
  assert.equal((await ask(service, RELEASE, sending("PUT", { cgroup: "v1" }))).status, 200);
  assert.equal(
    textOf(service, "images/debian/bookworm/.requirements"),
    '{\n  "cgroup": "v1"\n}\n',
  );
});

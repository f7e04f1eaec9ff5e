import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { test, type TestContext } from "node:test";
import fc from "fast-check";
import { writeFiles } from "../../support/trees.ts";
import { getRaw, listen, makeStage, openFilesIn, sendRaw } from "./stage.ts";

/** All that the service may say, whatever it is asked. */
const STATUSES = ["200", "206", "304", "400", "404", "405", "416"];

const SPELLINGS = [
  "/images/../../outside/secret",
  "/images/a/../../../outside/secret",
  "/../outside/secret",
  "/..",
  "/images/%2e%2e/%2e%2e/outside/secret",
  "/images/%2E./.%2E/outside/secret",
  "/images/..%2f..%2foutside%2fsecret",
  "/images/%2e%2e%2f%2e%2e%2foutside/secret",
  "/images/..%5c..%5coutside%5csecret",
  "/images/..\\..\\outside\\secret",
  "/images/%252e%252e/%252e%252e/outside/secret",
  "/images/%c0%ae%c0%ae/%c0%ae%c0%ae/outside/secret",
  "/images/%c0%af..%c0%af../outside/secret",
  "/images/%e0%80%ae%e0%80%ae/outside/secret",
  "/images/\xc0\xae\xc0\xae/secret",
  "/images/%uff0e%uff0e/outside/secret",
  "/images/..;/..;/outside/secret",
  "/images/../../outside/secret%00.json",
  "/images/file%00",
  "/images//../../outside/secret",
  "//images/file",
  "///etc/passwd",
  "/images/.hidden/secret",
  "/images/%2ehidden/secret",
  "/images/folder/.secret",
  "/images/folder/%2esecret",
  "/images/./.hidden/secret",
  "/images/out-file",
  "/images/out-folder/secret",
  "/images/out-chain",
  "/images/back/outside/secret",
  "/images/shown/secret",
  "/images/loop",
  "/images/fifo",
  "/streams/out.json",
  "/secret",
  "/images",
  "/images/",
  "/images/folder",
  "/images/folder/",
  "http://a.example/images/../../outside/secret",
  "http://a.example/images/%2e%2e/%2e%2e/outside/secret",
  "https://elsewhere.example/images/.hidden/secret",
  "http://a.example@b.example/images/../../outside/secret",
  "file:///etc/passwd",
  "images/file",
  "*",
  "/images/file?/../../../outside/secret#x",
  `/images/${"a/".repeat(1000)}secret`,
  `/images/${"..%2f".repeat(1000)}outside/secret`,
  `/images/${"a".repeat(7000)}`,
];

test("no spelling of a path leads to what is not served", async (t) => {
  const { port, directory, troubles } = await prepare(t);
  for (const target of SPELLINGS) {
    const answer = await getRaw(port, target);
    assertNothingSecret(target, answer);
    const isFile = target.startsWith("/images/file?");
    assert.equal(statusOf(answer) === "200", isFile, `${target}: ${answer}`);
  }
  assert.deepEqual(troubles, []);
  assert.deepEqual(openFilesIn(directory), []);
});

test("the spellings of a served path lead to the file", async (t) => {
  const { port } = await prepare(t);
  const targets = [
    "/images/file",
    "/%69mages/%66ile",
    "/images/./file",
    "/images/folder/../file",
    "/streams/../images/file",
    "http://a.example/images/file",
    "/images/file?x=/../..",
    "/images/inside",
  ];
  for (const target of targets) assert.match(await getRaw(port, target), /\r\n\r\nfile$/, target);
});

test("no path, method or range whatever brings out a secret or an unforeseen status", async (t) => {
  const { port, directory, troubles } = await prepare(t);
  const piece = fc.constantFrom(
    ...["images", "streams", "file", "folder", "v1", "index.json", "/", "/", "/", "/", "outside"],
    ...["secret", ".secret", ".hidden", "..", ".", "%2e", "%2E", "%2f", "%5c", "\\", "%00", "%25"],
    ...["%c0%ae", "%c0%af", "\xc0\xae", "%ff", "%", "%zz", ";", "?", "#", "@", ":", "//", "é"],
    ...[
      "out-file",
      "out-folder",
      "out-chain",
      "back",
      "shown",
      "loop",
      "fifo",
      "out.json",
      "inside",
    ],
    ...["root", "http://a.example", "%0d%0a", "~", "%20", "\t"],
  );
  const path = fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join(""));
  const target = fc.oneof(
    path.map((path) => `/images/${path}`),
    path.map((path) => `/streams/${path}`),
    path.map((path) => `/${path}`),
    path,
  );
  const method = fc.constantFrom("GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "DELETE");
  const headers = fc.constantFrom(
    "",
    "Range: bytes=0-\r\n",
    "Range: bytes=-3\r\n",
    "Range: bytes=900-\r\n",
    "If-None-Match: *\r\n",
    "Accept-Encoding: gzip\r\n",
  );
  await fc.assert(
    fc.asyncProperty(method, target, headers, async (method, target, headers) => {
      const head = `${method} ${target} HTTP/1.1\r\nHost: a.example\r\n${headers}`;
      const answer = await sendRaw(port, `${head}Connection: close\r\n\r\n`);
      assertNothingSecret(target, answer);
    }),
    { numRuns: 1500 },
  );
  assert.deepEqual(troubles, []);
  assert.deepEqual(openFilesIn(directory), []);
});

test("links out of the root are served when that is wanted", async (t) => {
  const { port } = await prepare(t, true);
  for (const target of ["/images/out-file", "/images/out-folder/secret", "/streams/out.json"]) {
    assert.match(await getRaw(port, target), /\r\n\r\nSECRET$/, target);
  }
});

async function prepare(test: TestContext, followSymlinks = false) {
  const stage = makeStage(test, {
    "images/file": "file",
    "images/folder/.secret": "SECRET",
    "images/.hidden/secret": "SECRET",
    "streams/v1/index.json": "{}",
    "secret": "SECRET",
  }, { tree: { followSymlinks } });
  const { directory, root } = stage;
  writeFiles(directory, { "outside/secret": "SECRET" });
  const links = {
    "images/out-file": "../../outside/secret",
    "images/out-chain": "out-file",
    "images/out-folder": `${directory}/outside`,
    "images/back": "../..",
    "images/shown": ".hidden",
    "images/loop": "loop",
    "images/inside": "file",
    "streams/out.json": "../../outside/secret",
  };
  for (const [name, target] of Object.entries(links)) symlinkSync(target, `${root}/${name}`);
  assert.equal(spawnSync("mkfifo", [`${root}/images/fifo`]).status, 0);
  return { ...stage, port: await listen(test, stage.app) };
}

function assertNothingSecret(target: string, answer: string): void {
  assert.ok(!answer.includes("SECRET") && !answer.includes("root:x:"), `${target}: ${answer}`);
  // Nothing at all is what comes back for what is no HTTP.
  assert.ok(answer === "" || STATUSES.includes(statusOf(answer)), `${target}: ${answer}`);
}

function statusOf(answer: string): string {
  return /^HTTP\/1\.1 ([0-9]{3}) /.exec(answer)?.[1] ?? `none: ${answer}`;
}

import assert from "node:assert/strict";
import { renameSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gunzipSync } from "node:zlib";
import {
  createDocumentCache,
  type DocumentCacheOptions,
} from "../../../server/tree/document_cache.ts";
import { readDocument } from "../../../server/tree/read_document.ts";
import { makeTempDirectory } from "../../support/temp_directory.ts";
import { type Files, LONG_AGO, sha256sum, writeFiles } from "../../support/trees.ts";
import { openFilesIn, READER } from "./stage.ts";

const INDEX = ["streams", "v1", "index.json"];
const LONG = "0123456789abcdef".repeat(300_000);

test("find() has a document with its digest, plain and packed", async (t) => {
  const { root, cache } = prepare(t, { "streams/v1/index.json": "{}\n" });
  const document = await cache.find(INDEX);
  // printf '{}\n' | sha256sum
  const sha256 = "ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356";
  assert.equal(document?.plain.etag, `"${sha256}"`);
  assert.equal(document.gzip?.etag, `"${sha256}-gzip"`);
  assert.equal(Buffer.from(document.plain.bytes ?? []).toString(), "{}\n");
  assert.equal(gunzipSync(document.gzip.bytes ?? new Uint8Array()).toString(), "{}\n");
  assert.equal(document.gzip.sizeBytes, document.gzip.bytes?.length);
  assert.deepEqual(openFilesIn(root), []);
});

test("find() reads a file once for many requests, then answers without a promise", async (t) => {
  const { cache, reads } = prepare(t, { "streams/v1/index.json": "{}\n" });
  const first = await Promise.all(Array.from({ length: 20 }, () => cache.find(INDEX)));
  assert.equal(new Set(first).size, 1);
  assert.equal(cache.find(INDEX), first[0]);
  assert.deepEqual(reads, ["streams/v1/index.json"]);
});

test("find() reads again what was replaced, whatever stays the same of it", async (t) => {
  const { root, cache, reads } = prepare(t, { "streams/v1/index.json": "one\n" });
  const path = `${root}/streams/v1/index.json`;
  assert.equal(text(await cache.find(INDEX)), "one\n");
  writeFiles(root, { "streams/v1/next": "two\n" });
  renameSync(`${root}/streams/v1/next`, path);
  assert.equal(text(await cache.find(INDEX)), "two\n");
  writeFileSync(path, "six\n");
  assert.equal(text(await cache.find(INDEX)), "six\n");
  writeFileSync(path, "seven\n");
  utimesSync(path, LONG_AGO, LONG_AGO);
  assert.equal(text(await cache.find(INDEX)), "seven\n");
  assert.equal(reads.length, 4);
});

test("find() never gives one version's tag to another's bytes", async (t) => {
  const { root, cache } = prepare(t, { "streams/v1/index.json": "0\n" });
  const tags = new Map<string, Set<string>>();
  for (let round = 1; round < 200; round++) {
    const finds = Array.from({ length: 3 }, () => cache.find(INDEX));
    writeFiles(root, { "streams/v1/next": `${round % 5}\n` });
    renameSync(`${root}/streams/v1/next`, `${root}/streams/v1/index.json`);
    for (const found of await Promise.all([...finds, cache.find(INDEX)])) {
      const seen = tags.get(text(found) ?? "") ?? new Set();
      tags.set(text(found) ?? "", seen.add(found?.plain.etag ?? ""));
    }
    assert.equal(text(await cache.find(INDEX)), `${round % 5}\n`);
  }
  assert.equal(tags.size, 5);
  for (const seen of tags.values()) assert.equal(seen.size, 1);
});

test("find() gives who asks after a change the change, while the version before is read", async (t) => {
  let [begin, goOn] = [() => {}, () => {}];
  const begun = new Promise<void>((resolve) => begin = resolve);
  const gate = new Promise<void>((resolve) => goOn = resolve);
  let reads = 0;
  const { root, cache } = prepare(t, { "streams/v1/index.json": "one\n" }, {
    read: async (path, file) => {
      begin();
      if (reads++ === 0) await gate;
      return await readDocument(path, file);
    },
  });
  const before = cache.find(INDEX);
  await begun;
  writeFiles(root, { "streams/v1/next": "two\n" });
  renameSync(`${root}/streams/v1/next`, `${root}/streams/v1/index.json`);
  assert.equal(text(await cache.find(INDEX)), "two\n");
  goOn();
  assert.equal(text(await before), "one\n");
  assert.equal(text(await cache.find(INDEX)), "two\n");
});

test("find() waits out a writer, and says so when the writer does not end", async (t) => {
  let writes = 0;
  const { root, cache } = prepare(t, { "streams/v1/index.json": "start\n" }, {
    read: async (path, file) => {
      const content = await readDocument(path, file);
      if (writes-- > 0) {
        writeFileSync(`${root}/streams/v1/index.json`, `${"more ".repeat(writes)}\n`);
      }
      return content;
    },
  });
  writes = 2;
  assert.equal(text(await cache.find(INDEX)), "\n");
  writeFileSync(`${root}/streams/v1/index.json`, "again\n");
  writes = 100;
  await assert.rejects(async () => await cache.find(INDEX), { code: "NOT_READY" });
  assert.deepEqual(openFilesIn(root), []);
});

test("find() keeps of a long document the packed form alone", async (t) => {
  const { root, cache } = prepare(t, { "streams/v1/index.json": LONG });
  const document = await cache.find(INDEX);
  assert.equal(document?.plain.bytes, undefined);
  assert.equal(document?.plain.sizeBytes, LONG.length);
  assert.equal(document?.plain.etag, `"${await sha256sum(`${root}/streams/v1/index.json`)}"`);
  assert.equal(gunzipSync(document?.gzip?.bytes ?? new Uint8Array()).toString(), LONG);
});

test("find() packs JSON documents only", async (t) => {
  const { cache } = prepare(t, { "streams/v1/index.sjson": "signed\n" });
  const document = await cache.find(["streams", "v1", "index.sjson"]);
  assert.equal(document?.gzip, undefined);
  assert.equal(text(document), "signed\n");
});

test("find() keeps as many documents as it may, those that were asked for last", async (t) => {
  const names = ["a", "b", "c"].map((name) => ["streams", `${name}.json`]);
  const files = Object.fromEntries(names.map((name) => [name.join("/"), "x".repeat(1000)]));
  for (const limit of [{ maxDocuments: 2 }, { maxBytes: 2200 }]) {
    const { cache, reads } = prepare(t, files, limit);
    const [a = [], b = [], c = []] = names;
    for (const name of [a, b, a, c, a, c, b, a]) await cache.find(name);
    const expected = ["a", "b", "c", "b", "a"].map((name) => `streams/${name}.json`);
    assert.deepEqual(reads, expected);
  }
});

test("find() keeps one document even when it alone is over the limit", async (t) => {
  const { cache, reads } = prepare(t, { "streams/v1/index.json": "{}\n" }, { maxBytes: 1 });
  await cache.find(INDEX);
  assert.ok(!(cache.find(INDEX) instanceof Promise));
  assert.equal(reads.length, 1);
});

test("find() has nothing where no file is, also no longer, and outside of the root", async (t) => {
  const { root, cache } = prepare(t, { "streams/v1/index.json": "{}\n", "streams/v1/x": "x" });
  assert.equal(cache.find(["streams", "v1"]), undefined);
  assert.equal(cache.find(["streams", "v1", "none.json"]), undefined);
  writeFiles(`${root}-outside`, { "secret.json": "secret" });
  symlinkSync(`${root}-outside/secret.json`, `${root}/streams/link.json`);
  assert.equal(await cache.find(["streams", "link.json"]), undefined);
  assert.ok(await cache.find(INDEX));
  renameSync(`${root}/streams/v1/index.json`, `${root}/streams/v1/away`);
  assert.equal(cache.find(INDEX), undefined);
});

function prepare(test: TestContext, files: Files, options: Partial<DocumentCacheOptions> = {}) {
  const root = join(makeTempDirectory(test), "root");
  writeFiles(root, files);
  const reads: string[] = [];
  const cache = createDocumentCache({
    root,
    reader: READER,
    followSymlinks: false,
    read: (path, file) => {
      reads.push(path);
      return readDocument(path, file);
    },
    ...options,
  });
  return { root, cache, reads };
}

function text(document: Awaited<ReturnType<ReturnType<typeof createDocumentCache>["find"]>>) {
  return document && Buffer.from(document.plain.bytes ?? []).toString();
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeStage } from "./stage.ts";
import {
  DISK,
  DISK_SHA256,
  FILES,
  INDEX,
  INDEX_SHA256,
  ITEMS,
  LAST_MODIFIED,
} from "./tree_files.ts";

test("GET answers 304 to who has the file, with the headers that it needs and no other", async (t) => {
  const { app } = makeStage(t, FILES, { items: ITEMS });
  const image = { "cache-control": "max-age=31536000, immutable", "last-modified": LAST_MODIFIED };
  const document = {
    "cache-control": "no-cache",
    "last-modified": LAST_MODIFIED,
    "vary": "Accept-Encoding",
  };
  const gzip = { "Accept-Encoding": "gzip" };
  const cases = [
    [DISK, {}, { ...image, etag: `"${DISK_SHA256}"` }],
    [INDEX, {}, { ...document, etag: `"${INDEX_SHA256}"` }],
    [INDEX, gzip, { ...document, etag: `"${INDEX_SHA256}-gzip"` }],
  ] as const;
  for (const [path, accept, expected] of cases) {
    const conditions: readonly Record<string, string>[] = [
      { "If-None-Match": expected.etag },
      { "If-None-Match": `"x", W/${expected.etag}` },
      { "If-None-Match": "*" },
      { "If-Modified-Since": LAST_MODIFIED },
      { "If-None-Match": expected.etag, "If-Modified-Since": "Sat, 01 Jun 2002 12:00:00 GMT" },
      { "If-None-Match": expected.etag, Range: "bytes=1-2" },
    ];
    for (const condition of path === INDEX ? conditions.slice(0, 5) : conditions) {
      const answer = await app.request(`/${path}`, { headers: { ...accept, ...condition } });
      assert.equal(answer.status, 304);
      assert.deepEqual(Object.fromEntries(answer.headers), expected);
      assert.equal(await answer.text(), "");
    }
  }
});

test("GET sends the file to who has another version or form of it", async (t) => {
  const { app } = makeStage(t, FILES, { items: ITEMS });
  const cases = [
    [DISK, { "If-None-Match": '"x"', "If-Modified-Since": LAST_MODIFIED }],
    [DISK, { "If-Modified-Since": "Sat, 01 Jun 2024 11:59:59 GMT" }],
    [DISK, { "If-Modified-Since": "2030-01-01" }],
    [INDEX, { "If-None-Match": `"${INDEX_SHA256}-gzip"` }],
    [INDEX, { "If-None-Match": `"${INDEX_SHA256}"`, "Accept-Encoding": "gzip" }],
  ] as const;
  for (const [path, headers] of cases) {
    assert.equal((await app.request(`/${path}`, { headers })).status, 200, path);
  }
});

test("GET sends a part of an image file", async (t) => {
  const { app } = makeStage(t, FILES, { items: ITEMS });
  for (
    const [range, part, content] of [
      ["bytes=0-0", "0-0", "0"],
      ["bytes=2-5", "2-5", "2345"],
      ["bytes=7-", "7-9", "789"],
      ["bytes=-3", "7-9", "789"],
      ["bytes=5-100", "5-9", "56789"],
    ]
  ) {
    const answer = await app.request(`/${DISK}`, { headers: { Range: range ?? "" } });
    assert.equal(answer.status, 206);
    assert.equal(answer.headers.get("Content-Range"), `bytes ${part}/10`);
    assert.equal(answer.headers.get("Content-Length"), String(content?.length));
    assert.equal(answer.headers.get("ETag"), `"${DISK_SHA256}"`);
    assert.equal(await answer.text(), content);
  }
});

test("GET answers 416 to a part behind the end", async (t) => {
  const { app } = makeStage(t, FILES, { items: ITEMS });
  for (const path of [DISK, INDEX]) {
    const answer = await app.request(`/${path}`, { headers: { Range: "bytes=100-" } });
    assert.equal(answer.status, 416);
    const size = path === DISK ? 10 : 23;
    assert.equal(answer.headers.get("Content-Range"), `bytes */${size}`);
    assert.equal(await answer.text(), "");
  }
});

test("GET sends parts of a document's plain form, also to who accepts gzip", async (t) => {
  const { app } = makeStage(t, FILES);
  const gzip = { "Accept-Encoding": "gzip", Range: "bytes=2-7" };
  const part = await app.request(`/${INDEX}`, { headers: gzip });
  assert.equal(part.status, 206);
  assert.equal(part.headers.get("Content-Encoding"), null);
  assert.equal(part.headers.get("Content-Range"), "bytes 2-7/23");
  assert.equal(await part.text(), "format");
  const ifRange = { ...gzip, "If-Range": `"${INDEX_SHA256}-gzip"` };
  const whole = await app.request(`/${INDEX}`, { headers: ifRange });
  assert.equal(whole.status, 200);
  assert.equal(whole.headers.get("ETag"), `"${INDEX_SHA256}"`);
  assert.equal(await whole.text(), FILES[INDEX]);
});

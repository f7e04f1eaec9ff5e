import assert from "node:assert/strict";
import { chmodSync, renameSync, utimesSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { TreeOptions } from "../../../server/tree/tree.ts";
import { sha256sum, writeFiles } from "../../support/trees.ts";
import { DOCUMENT_TIME, makeStage, openFilesIn, READER } from "./stage.ts";
import {
  DISK,
  DISK_SHA256,
  FILES,
  FOLDER,
  INDEX,
  INDEX_SHA256,
  ITEMS,
  LAST_MODIFIED,
  UNIFIED,
  UNIFIED_SHA256,
} from "./tree_files.ts";

test("GET sends an image file with all that a client may want to know of it", async (t) => {
  const { app, troubles } = makeStage(t, FILES, { items: ITEMS });
  const answer = await app.request(`/${DISK}`);
  assert.equal(answer.status, 200);
  assert.deepEqual(Object.fromEntries(answer.headers), {
    "accept-ranges": "bytes",
    "cache-control": "max-age=31536000, immutable",
    "content-length": "10",
    "content-type": "application/octet-stream",
    "etag": `"${DISK_SHA256}"`,
    "last-modified": LAST_MODIFIED,
    "x-content-type-options": "nosniff",
  });
  assert.equal(await answer.text(), "0123456789");
  assert.deepEqual(troubles, []);
});

test("GET sends a document with all that a client may want to know of it", async (t) => {
  const { app } = makeStage(t, FILES);
  const answer = await app.request(`/${INDEX}`);
  assert.equal(answer.status, 200);
  assert.deepEqual(Object.fromEntries(answer.headers), {
    "accept-ranges": "bytes",
    "cache-control": "no-cache",
    "content-length": "23",
    "content-type": "application/json",
    "etag": `"${INDEX_SHA256}"`,
    "last-modified": LAST_MODIFIED,
    "vary": "Accept-Encoding",
    "x-content-type-options": "nosniff",
  });
  assert.equal(await answer.text(), FILES[INDEX]);
});

test("GET of a long document has bytes and tag of one version when it is replaced meanwhile", async (t) => {
  const long = (digit: string) => `"${digit.repeat(5_000_000)}"`;
  let replace = () => {};
  const reader: TreeOptions["reader"] = {
    stat(path) {
      const info = READER.stat(path);
      replace();
      return info;
    },
  };
  const { app, root } = makeStage(t, { "streams/long.json": long("1") }, { tree: { reader } });
  const before = await app.request("/streams/long.json");
  assert.equal(await before.text(), long("1"));
  replace = () => {
    replace = () => {};
    writeFiles(root, { "streams/next": long("2") });
    renameSync(`${root}/streams/next`, `${root}/streams/long.json`);
  };
  const after = await app.request("/streams/long.json");
  assert.equal(await after.text(), long("2"));
  assert.equal(after.headers.get("ETag"), `"${await sha256sum(`${root}/streams/long.json`)}"`);
  assert.deepEqual(openFilesIn(root), []);
});

test("GET sends a document gzipped to who accepts it, under a tag of its own", async (t) => {
  const { app } = makeStage(t, FILES);
  const answer = await app.request(`/${INDEX}`, { headers: { "Accept-Encoding": "br, gzip" } });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  assert.equal(answer.headers.get("Content-Encoding"), "gzip");
  assert.equal(answer.headers.get("Content-Length"), String(bytes.length));
  assert.equal(answer.headers.get("ETag"), `"${INDEX_SHA256}-gzip"`);
  assert.equal(answer.headers.get("Vary"), "Accept-Encoding");
  assert.equal(gunzipSync(bytes).toString(), FILES[INDEX]);
});

test("GET never packs an image file, nor a document that is no JSON", async (t) => {
  const { app } = makeStage(t, FILES, { items: ITEMS });
  for (const path of [DISK, `${FOLDER}/notes.json`, "streams/v1/index.sjson"]) {
    const answer = await app.request(`/${path}`, { headers: { "Accept-Encoding": "gzip" } });
    assert.equal(answer.headers.get("Content-Encoding"), null);
    assert.equal(answer.headers.get("Vary"), null);
    assert.equal(await answer.text(), Object.entries(FILES).find(([name]) => name === path)?.[1]);
  }
});

test("GET says what a file is by its name", async (t) => {
  const { app } = makeStage(t, FILES);
  const types = {
    [UNIFIED]: "application/x-xz",
    [`${FOLDER}/delta-1.vcdiff`]: "application/octet-stream",
    [`${FOLDER}/notes.json`]: "application/json",
    [`${FOLDER}/a%20b%3f+%C3%A9`]: "application/octet-stream",
  };
  for (const [path, type] of Object.entries(types)) {
    const answer = await app.request(`/${path}`);
    assert.equal(answer.status, 200, path);
    assert.equal(answer.headers.get("Content-Type"), type);
  }
});

test("GET tags an image by time, size and inode when it can be another than the document's", async (t) => {
  const otherSize = ITEMS.map((item) => ({ ...item, size: 11 }));
  const unknown = makeStage(t, FILES);
  const unequal = makeStage(t, FILES, { items: otherSize });
  const early = makeStage(t, FILES, { items: ITEMS, tree: { documentTime: () => undefined } });
  const newer = makeStage(t, FILES, { items: ITEMS });
  const time = new Date(DOCUMENT_TIME + 1000);
  utimesSync(`${newer.root}/${DISK}`, time, time);
  for (const { app } of [unknown, unequal, early, newer]) {
    const answer = await app.request(`/${DISK}`);
    assert.match(answer.headers.get("ETag") ?? "", /^"a-[0-9a-f]+-[0-9a-f]+"$/);
  }
});

test("HEAD answers the headers of GET and nothing else", async (t) => {
  const { app, root } = makeStage(t, FILES, { items: ITEMS });
  const requests: readonly Record<string, string>[] = [
    {},
    { "Accept-Encoding": "gzip" },
    { "If-Modified-Since": LAST_MODIFIED },
  ];
  for (const path of [DISK, UNIFIED, INDEX, "streams/v1/index.sjson", "images/none"]) {
    for (const headers of requests) {
      const get = await app.request(`/${path}`, { headers });
      await get.arrayBuffer();
      const head = await app.request(`/${path}`, { method: "HEAD", headers });
      assert.equal(head.status, get.status);
      assert.deepEqual([...head.headers], [...get.headers]);
      assert.equal(await head.text(), "");
      assert.deepEqual(openFilesIn(root), []);
    }
  }
});

test("HEAD of a unified image answers what `image import URL` looks for", async (t) => {
  const { app } = makeStage(t, FILES, { items: ITEMS });
  const url = `https://images.example:8443/${UNIFIED}`;
  for (const target of [url, `${url}?x=1`]) {
    const { headers } = await app.request(target, { method: "HEAD" });
    for (const client of ["Incus", "LXD"]) {
      assert.equal(headers.get(`${client}-Image-Hash`), UNIFIED_SHA256);
      assert.equal(headers.get(`${client}-Image-URL`), url);
    }
  }
  const { headers } = await app.request(`/${DISK}`, { method: "HEAD" });
  assert.equal(headers.get("Incus-Image-Hash"), null);
});

test("GET has an empty file", async (t) => {
  const { app } = makeStage(t, { "images/empty": "", "streams/empty.json": "" });
  for (const path of ["/images/empty", "/streams/empty.json"]) {
    const answer = await app.request(path);
    assert.deepEqual([answer.status, answer.headers.get("Content-Length")], [200, "0"]);
    assert.equal(await answer.text(), "");
  }
});

test("every other method is answered with 405, be the file there or not", async (t) => {
  const { app } = makeStage(t, FILES);
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"]) {
    for (const path of [DISK, INDEX, "images/none"]) {
      const answer = await app.request(`/${path}`, { method });
      assert.equal(answer.status, 405);
      assert.equal(answer.headers.get("Allow"), "GET, HEAD");
      assert.equal((await answer.json()).code, "METHOD_NOT_ALLOWED");
    }
  }
});

test("GET answers 404 to folders and to all that is not there", async (t) => {
  const { app, missing } = makeStage(t, FILES, { items: ITEMS });
  const paths = [
    "/images",
    "/images/",
    "/images/debian",
    `/${FOLDER}`,
    `/${FOLDER}/`,
    "/streams/v1",
  ];
  for (const path of [...paths, "/streams/v1/", "/images/none", "/", "/other/file", `/${DISK}/`]) {
    const answer = await app.request(path);
    assert.equal(answer.status, 404, path);
  }
  assert.deepEqual(missing, []);
});

test("a file that stands in the document and is not there is told", async (t) => {
  const { app, missing } = makeStage(t, FILES, { items: ITEMS });
  for (const method of ["GET", "HEAD"]) {
    const answer = await app.request(`/${FOLDER}/gone.squashfs`, { method });
    assert.equal(answer.status, 404);
  }
  const { code, detail } = await (await app.request(`/${FOLDER}/gone.squashfs`)).json();
  assert.equal(code, "NOT_FOUND");
  assert.equal(detail, `Cannot serve "${FOLDER}/gone.squashfs": there is no such file`);
  assert.deepEqual(missing, Array(3).fill(`${FOLDER}/gone.squashfs`));
});

test("a path that no file can have is not echoed at length", async (t) => {
  const { app } = makeStage(t, FILES);
  const { code, detail } = await (await app.request(`/images/${"a".repeat(5000)}`)).json();
  assert.equal(code, "NO_ROUTE");
  assert.ok(detail.length < 300);
});

const skip = process.getuid?.() === 0 ? "root may read everything" : false;
test(
  "a file that may not be read is a trouble of the service, not of the client",
  { skip },
  async (t) => {
    const { app, root } = makeStage(t, FILES);
    for (const path of [DISK, INDEX]) {
      chmodSync(`${root}/${path}`, 0);
      assert.equal((await app.request(`/${path}`)).status, 500);
    }
  },
);

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, renameSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setImmediate } from "node:timers/promises";
import { openInside } from "../../../server/tree/open_inside.ts";
import { makeTempDirectory } from "../../support/temp_directory.ts";
import { LONG_AGO, writeFiles } from "../../support/trees.ts";
import { openFilesIn, READER } from "./stage.ts";

test("openInside() opens a regular file and says what it is, as the reader of trees does", async (t) => {
  const { directory, root } = prepare(t);
  const file = await openInside(root, ["images", "file"], { followSymlinks: false });
  assert.ok(file !== undefined);
  assert.deepEqual(file.info, READER.stat(`${root}/images/file`));
  assert.equal(file.info.mtimeMs, LONG_AGO.getTime());
  assert.deepEqual(openFilesIn(directory), [`${root}/images/file`]);
  await file.handle.close();
});

test("openInside() has nothing where no regular file is", async (t) => {
  const { directory, root } = prepare(t);
  symlinkSync("loop", `${root}/images/loop`);
  symlinkSync("nowhere", `${root}/images/dangling`);
  symlinkSync("/dev/null", `${root}/images/device`);
  const names = ["none", "folder", "loop", "dangling", "device", "a".repeat(300)];
  for (const name of names) assert.equal(await read(root, ["images", name]), undefined, name);
  assert.equal(await read(root, ["images", "file", "below"]), undefined);
  assert.equal(await read(root, Array(40).fill("a".repeat(200))), undefined);
  assert.equal(await read(join(directory, "no-root"), ["images", "file"]), undefined);
  assert.deepEqual(openFilesIn(directory), []);
});

test("openInside() never waits for a FIFO or a socket", async (t) => {
  const { directory, root } = prepare(t);
  assert.equal(spawnSync("mkfifo", [`${root}/images/fifo`]).status, 0);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${root}/images/socket`, resolve));
  t.after(() => server.close());
  for (const followSymlinks of [false, true]) {
    assert.equal(await read(root, ["images", "fifo"], followSymlinks), undefined);
    assert.equal(await read(root, ["images", "socket"], followSymlinks), undefined);
  }
  assert.deepEqual(openFilesIn(directory), []);
});

test("openInside() follows links that stay in the root", async (t) => {
  const { root } = prepare(t);
  symlinkSync("file", `${root}/images/link`);
  symlinkSync("link", `${root}/images/chain`);
  symlinkSync(`${root}/images/folder`, `${root}/images/folder-link`);
  symlinkSync("../pool/file", `${root}/images/elsewhere`);
  assert.equal(await read(root, ["images", "link"]), "file");
  assert.equal(await read(root, ["images", "chain"]), "file");
  assert.equal(await read(root, ["images", "folder-link", "inner"]), "inner");
  assert.equal(await read(root, ["images", "elsewhere"]), "pool");
});

test("openInside() follows links out of the root only when told to", async (t) => {
  const { directory, root } = prepare(t);
  const out = [["out-file"], ["out-chain"], ["out-folder", "secret"], [
    "back",
    "outside",
    "secret",
  ]];
  symlinkSync("../../outside/secret", `${root}/images/out-file`);
  symlinkSync("out-file", `${root}/images/out-chain`);
  symlinkSync(`${directory}/outside`, `${root}/images/out-folder`);
  symlinkSync("../..", `${root}/images/back`);
  for (const names of out) {
    assert.equal(await read(root, ["images", ...names]), undefined, names.join("/"));
    assert.equal(await read(root, ["images", ...names], true), "secret", names.join("/"));
  }
  assert.deepEqual(openFilesIn(directory), []);
});

test("openInside() is not misled by a neighbour whose name starts as the root's does", async (t) => {
  const { directory, root } = prepare(t);
  writeFiles(directory, { "root-2/secret": "secret" });
  symlinkSync("../../root-2/secret", `${root}/images/neighbour`);
  assert.equal(await read(root, ["images", "neighbour"]), undefined);
});

test("openInside() serves no name that starts with a dot under another name", async (t) => {
  const { root } = prepare(t);
  symlinkSync(".hidden/note", `${root}/images/note`);
  symlinkSync(".hidden", `${root}/images/shown`);
  assert.equal(await read(root, ["images", "note"]), undefined);
  assert.equal(await read(root, ["images", "shown", "note"]), undefined);
});

test("openInside() takes a root that is a link, or has a dot in its path", async (t) => {
  const { directory } = prepare(t);
  writeFiles(join(directory, ".place/root"), { "images/file": "dotted" });
  symlinkSync(".place/root", join(directory, "link"));
  assert.equal(await read(join(directory, "link"), ["images", "file"]), "dotted");
  assert.equal(await read(join(directory, ".place/root"), ["images", "file"]), "dotted");
});

test("openInside() never has a file of outside while a folder turns into a link and back", async (t) => {
  const { directory, root } = prepare(t);
  const folder = `${root}/images/folder`;
  writeFiles(directory, { "outside/inner": "secret" });
  symlinkSync("../../outside", `${root}/images/trap`);
  const seen = new Set<string | undefined>();
  for (let round = 0; round < 200; round++) {
    const reads = Array.from({ length: 4 }, () => read(root, ["images", "folder", "inner"]));
    renameSync(folder, `${root}/images/aside`);
    renameSync(`${root}/images/trap`, folder);
    for (let turn = 0; turn < round % 7; turn++) await setImmediate();
    renameSync(folder, `${root}/images/trap`);
    renameSync(`${root}/images/aside`, folder);
    for (const content of await Promise.all(reads)) seen.add(content);
  }
  assert.ok(!seen.has("secret"));
  assert.deepEqual(openFilesIn(directory), []);
});

function prepare(test: TestContext) {
  const directory = makeTempDirectory(test);
  const root = join(directory, "root");
  mkdirSync(root);
  writeFiles(directory, {
    "root/images/file": "file",
    "root/images/folder/inner": "inner",
    "root/images/.hidden/note": "note",
    "root/pool/file": "pool",
    "outside/secret": "secret",
  });
  return { directory, root };
}

async function read(root: string, names: readonly string[], followSymlinks = false) {
  const file = await openInside(root, names, { followSymlinks });
  if (file === undefined) return undefined;
  try {
    return await file.handle.readFile("utf8");
  } finally {
    await file.handle.close();
  }
}

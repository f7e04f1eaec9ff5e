import assert from "node:assert/strict";
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createSystemPorts } from "../../core/adapters/system.ts";
import { StorageError } from "../../core/errors.ts";
import type { TreeReader } from "../../core/ports.ts";
import { createPublishedState, type PublishedState } from "../../server/published_state.ts";
import { IMAGES, LONG_AGO, readDocument, writeFiles, writeVersion } from "../support/trees.ts";
import { workerUrl } from "../support/worker.ts";
import { startService } from "./support/service.ts";

interface Stage {
  readonly root: string;
  readonly state: PublishedState;
  readonly troubles: readonly string[];
  /** How often the document was read. */
  readonly reads: () => number;
  readonly publish: () => Promise<unknown>;
}

function makeStage(context: TestContext, change: Partial<TreeReader> = {}): Stage {
  const { root, json } = startService(context);
  const { reader } = createSystemPorts(workerUrl());
  const troubles: string[] = [];
  let reads = 0;
  const state = createPublishedState({
    root,
    reader: {
      ...reader,
      readBytes(path) {
        reads++;
        return reader.readBytes(path);
      },
      ...change,
    },
    clock: { now: () => new Date(LONG_AGO.getTime() + 5000), turn: () => Promise.resolve() },
    onTrouble: (message) => void troubles.push(message),
  });
  const publish = () => json("/api/v1/reindex", { method: "POST" });
  return { root, state, troubles, reads: () => reads, publish };
}

test("catalog() is undefined while nothing is published", (context) => {
  const { state } = makeStage(context);
  assert.equal(state.catalog(), undefined);
  assert.equal(state.usableCatalog(), undefined);
  assert.equal(state.documentTime(), undefined);
  assert.equal(state.facts(), undefined);
});

test("catalog() reads the document once, and again when it has been replaced", async (context) => {
  const { root, state, publish, reads } = makeStage(context);
  writeVersion(root, "debian/12/amd64/default/20240101");
  await publish();
  for (let count = 0; count < 3; count++) state.catalog();
  assert.equal(reads(), 1);
  assert.equal(state.catalog()?.counts().products, 1);
  writeVersion(root, "alpine/3.20/amd64/default/20240101");
  await publish();
  assert.equal(state.catalog()?.counts().products, 2);
  assert.equal(reads(), 2);
  rmSync(join(root, IMAGES));
  assert.equal(state.catalog(), undefined);
});

test("catalog() sees a document of the same size and time that has taken the other's place", (context) => {
  const { root, state } = makeStage(context);
  writeVersion(root, "debian/12/amd64/default/20240101");
  const text = (id: string) =>
    JSON.stringify({
      content_id: "images",
      datatype: "image-downloads",
      format: "products:1.0",
      products: {
        [id]: {
          aliases: "",
          arch: "amd64",
          os: "a",
          release: "b",
          release_title: "b",
          versions: {},
        },
      },
    });
  writeFiles(root, { [IMAGES]: text("a:b:amd64:one") });
  assert.notEqual(state.catalog()?.product("a:b:amd64:one"), undefined);
  writeFiles(root, { "streams/v1/new.json": text("a:b:amd64:two") });
  renameSync(join(root, "streams/v1/new.json"), join(root, IMAGES));
  assert.notEqual(state.catalog()?.product("a:b:amd64:two"), undefined);
});

test("catalog() throws what is wrong with a broken document, each time", (context) => {
  const { root, state, reads } = makeStage(context);
  writeFiles(root, { [IMAGES]: "broken" });
  for (let count = 0; count < 2; count++) assert.throws(() => state.catalog(), { code: "FORMAT" });
  assert.equal(reads(), 1);
});

test("usableCatalog() tells of a broken document once, and of the next again", async (context) => {
  const { root, state, troubles, publish } = makeStage(context);
  writeFiles(root, { [IMAGES]: "broken" });
  for (let count = 0; count < 3; count++) assert.equal(state.usableCatalog(), undefined);
  assert.equal(state.facts(), undefined);
  assert.equal(troubles.length, 1);
  assert.match(troubles[0] ?? "", /images\.json/);
  writeFiles(root, { [IMAGES]: "broken, too" });
  state.usableCatalog();
  assert.equal(troubles.length, 2);
  writeVersion(root, "debian/12/amd64/default/20240101");
  rmSync(join(root, IMAGES));
  await publish();
  assert.notEqual(state.usableCatalog(), undefined);
  assert.equal(troubles.length, 2);
});

test("usableCatalog() and facts() are undefined where the document cannot be looked at", (context) => {
  const { state, troubles } = makeStage(context, {
    stat() {
      throw new StorageError("denied", "images.json", "Cannot read images.json: denied");
    },
  });
  assert.equal(state.usableCatalog(), undefined);
  assert.equal(state.facts(), undefined);
  assert.deepEqual(troubles, ["Cannot read images.json: denied"]);
});

test("facts() has the counts of the document and its age", async (context) => {
  const { root, state, publish } = makeStage(context);
  writeVersion(root, "debian/12/amd64/default/20240101");
  await publish();
  const text = readDocument(root);
  writeFiles(root, { [IMAGES]: text });
  const facts = { products: 1, versions: 1, images: 1, ageSeconds: 5 };
  assert.deepEqual(state.facts(), facts);
  assert.equal(state.documentTime(), LONG_AGO.getTime());
  state.learnCounts({ products: 7, versions: 8, images: 9 });
  assert.deepEqual(state.facts(), { products: 7, versions: 8, images: 9, ageSeconds: 5 });
  writeFiles(root, { [IMAGES]: `${text}\n` });
  assert.deepEqual(state.facts(), facts);
});

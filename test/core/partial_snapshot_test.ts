import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createMemoryPorts,
  type MemoryPorts,
  publishedImages,
  publishImages,
  publishRoot,
  putImage,
} from "../support/memory_ports.ts";
import {
  assertPublishedAsFromScratch,
  assertWholeRunFindsAll,
  publishPart,
  removeFolder,
  SNAPSHOT,
} from "../support/partial_runs.ts";

const BOOKWORM = "images/debian/bookworm/amd64/default";
const TRIXIE = "images/debian/trixie/amd64/default";
const ALPINE = "images/alpine/edge/amd64/default";
const DEBIAN_REQUIREMENTS = "/root/images/debian/.requirements";

/** Three products that were published. */
function createPublished(): Promise<MemoryPorts> {
  return publishImages(
    { [BOOKWORM]: "bookworm", [TRIXIE]: "trixie", [ALPINE]: "alpine" },
    { [DEBIAN_REQUIREMENTS]: '{"nesting": true}' },
  );
}

/** Every cache that is read from now on. */
function watchCaches(ports: MemoryPorts): readonly string[] {
  const paths: string[] = [];
  const readText = ports.tree.readText.bind(ports.tree);
  ports.tree.readText = (path) => {
    if (path.endsWith("/.items.json")) paths.push(path);
    return readText(path);
  };
  return paths;
}

test("indexTree() after some products reads no cache, file or document of any product", async () => {
  const ports = await createPublished();
  putImage(ports, `${BOOKWORM}/20240202`, "new");
  // Sorts before "debian" by its folder, and after it in the text of a list.
  putImage(ports, "images/debian-x/1/amd64/default/20240101", "x");
  removeFolder(ports, TRIXIE);
  await publishPart(ports, ["debian:bookworm", "debian:trixie", "debian-x"]);
  const caches = watchCaches(ports);
  ports.hasher.read.length = 0;
  ports.tree.onChange = (change) => assert.fail(change);
  const { result } = await publishRoot(ports);
  assert.deepEqual([...caches, ...ports.hasher.read], []);
  assert.deepEqual(result.documents.map(({ changed }) => changed), [false, false]);
  assert.deepEqual(
    [result.counts.products, result.counts.versions, result.counts.images],
    [3, 4, 4],
  );
  await assertPublishedAsFromScratch(ports);
});

test("indexTree() after some products that changed unseen reads no cache either", async () => {
  const ports = await createPublished();
  const path = `/root/${BOOKWORM}/20240101/root.squashfs`;
  const { readBytes } = ports.tree;
  // A disk that goes bad gives other bytes, and says nothing.
  ports.tree.readBytes = (asked) =>
    asked === path ? new Uint8Array(13) : readBytes.call(ports.tree, asked);
  ports.clock.time = new Date(ports.clock.time.getTime() + 60_000);
  const { result } = await publishPart(ports, ["debian"], { useCache: false });
  assert.deepEqual(result.changes.changed, ["debian:bookworm:amd64:default@20240101"]);
  const caches = watchCaches(ports);
  await publishRoot(ports);
  assert.deepEqual(caches, []);
});

for (
  const [what, change] of [
    ["a version", (ports) => putImage(ports, `${ALPINE}/20240202`, "new")],
    ["a file", (ports) => putImage(ports, `${ALPINE}/20240101`, "other", 5)],
    ["a product", (ports) => putImage(ports, "images/fedora/40/amd64/default/20240101", "new")],
    ["a product that is gone", (ports) => removeFolder(ports, ALPINE)],
    [
      "requirements",
      (ports) => ports.tree.put("/root/images/alpine/.requirements", '{"cgroup":1}'),
    ],
    ["a name", (ports) => ports.tree.put("/root/images/a%/file", "")],
  ] as const satisfies readonly (readonly [string, (ports: MemoryPorts) => void])[]
) {
  test(`indexTree() after some products finds ${what} that changed elsewhere`, async () => {
    for (const order of ["before", "after"]) {
      const ports = await createPublished();
      putImage(ports, `${BOOKWORM}/20240202`, "new");
      if (order === "before") change(ports);
      await publishPart(ports, ["debian"]);
      if (order === "after") change(ports);
      await assertWholeRunFindsAll(ports);
    }
  });
}

test("indexTree() after some products gives all of them requirements that changed above", async () => {
  for (const changes of [['{"nesting":0}'], ['{"nesting":0}', '{"nesting": true}']]) {
    const ports = await createPublished();
    for (const text of changes) {
      ports.tree.put(DEBIAN_REQUIREMENTS, text);
      await publishPart(ports, ["debian:bookworm"]);
    }
    await assertWholeRunFindsAll(ports);
  }
});

test("indexTree() finds requirements that were changed back after some products got them", async () => {
  const ports = await createPublished();
  ports.tree.put(DEBIAN_REQUIREMENTS, '{"nesting":0}');
  await publishPart(ports, ["debian:bookworm"]);
  ports.tree.put(DEBIAN_REQUIREMENTS, '{"nesting": true}');
  await assertWholeRunFindsAll(ports);
});

test("indexTree() gives the next selected product the requirements that an earlier one got", async () => {
  const ports = await createPublished();
  ports.tree.put(DEBIAN_REQUIREMENTS, '{"nesting":0}');
  await publishPart(ports, ["debian:bookworm"]);
  const id = "debian:trixie:amd64:default";
  assert.deepEqual(publishedImages(ports).products[id].requirements, { nesting: "true" });
  await publishPart(ports, ["debian:trixie"]);
  assert.deepEqual(publishedImages(ports).products[id].requirements, { nesting: "0" });
  ports.tree.onChange = (change) => assert.fail(change);
  await publishPart(ports, ["debian:trixie"]);
});

test("indexTree() is sure of requirements again once all that they are for was selected", async () => {
  const ports = await createPublished();
  ports.tree.put(DEBIAN_REQUIREMENTS, '{"nesting":0}');
  await publishPart(ports, ["debian:bookworm"]);
  await publishPart(ports, ["debian"]);
  ports.tree.onChange = (change) => assert.fail(change);
  await publishRoot(ports);
});

test("indexTree() keeps what was found elsewhere for the next run over all", async () => {
  const ports = await createPublished();
  for (const folder of [ALPINE, BOOKWORM]) {
    ports.tree.put(`/root/${folder}/20240202/incus.tar.xz`, "alone");
  }
  await publishRoot(ports);
  removeFolder(ports, `${BOOKWORM}/20240202`);
  putImage(ports, `${BOOKWORM}/20240303`, "new");
  const part = await publishPart(ports, ["debian"]);
  assert.deepEqual(part.result.findings, []);
  ports.tree.onChange = (change) => assert.fail(change);
  const { result } = await publishRoot(ports);
  assert.deepEqual(result.findings.map(({ path }) => path), [`${ALPINE}/20240202`]);
});

test("indexTree() keeps no snapshot of a part when none of the whole is known", async () => {
  const ports = createMemoryPorts();
  putImage(ports, `${BOOKWORM}/20240101`, "bookworm");
  putImage(ports, `${ALPINE}/20240101`, "alpine");
  await publishPart(ports, ["debian"]);
  assert.equal(ports.tree.stat(SNAPSHOT), undefined);
  await assertWholeRunFindsAll(ports);
});

test("indexTree() removes a snapshot that the new document could be taken for", async () => {
  const ports = await createPublished();
  const [images, index] = ["/root/streams/v1/images.json", "/root/streams/v1/index.json"]
    .map((path) => ports.tree.readText(path));
  // The snapshot is for a document of this size and time, but this one came in between.
  ports.tree.put("/root/streams/v1/images.json", `${images}\n`);
  putImage(ports, `${BOOKWORM}/20240101`, "BOOKWORM", 5);
  await publishPart(ports, ["debian"]);
  assert.equal(ports.tree.stat(SNAPSHOT), undefined);
  assert.equal(ports.tree.readText("/root/streams/v1/images.json").length, images?.length);
  assert.equal(ports.tree.readText("/root/streams/v1/index.json"), index);
  await assertWholeRunFindsAll(ports);
});

test("indexTree() tells that it cannot keep a snapshot of all after some products", async () => {
  const ports = await createPublished();
  putImage(ports, `${BOOKWORM}/20240202`, "new");
  ports.tree.makeDirectory(`${SNAPSHOT}.new`);
  const { result } = await publishPart(ports, ["debian"]);
  assert.deepEqual(result.findings.map(({ code }) => code), ["CACHE_NOT_WRITTEN"]);
  ports.tree.removeDirectory(`${SNAPSHOT}.new`);
  await assertWholeRunFindsAll(ports);
});

test("indexTree() lists known folders elsewhere no more after some products", async () => {
  const ports = await createPublished();
  const settle = () => ports.clock.time = new Date(ports.clock.time.getTime() + 60_000);
  settle();
  await publishRoot(ports);
  putImage(ports, `${BOOKWORM}/20240202`, "new");
  settle();
  await publishPart(ports, ["debian:bookworm"]);
  const lists: string[] = [];
  const list = ports.tree.list.bind(ports.tree);
  ports.tree.list = (path) => {
    lists.push(path);
    return list(path);
  };
  await publishRoot(ports);
  const versions = lists.filter((path) => path.includes("/default/"));
  assert.deepEqual(versions, [`/root/${BOOKWORM}/20240202`]);
});

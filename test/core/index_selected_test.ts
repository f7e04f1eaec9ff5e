import assert from "node:assert/strict";
import { test } from "node:test";
import { BadFilesError } from "../../core/errors.ts";
import {
  createMemoryPorts,
  type MemoryPorts,
  publishedImages,
  publishImages,
  publishRoot,
  putImage,
} from "../support/memory_ports.ts";
import { IMAGES_JSON, publishPart, removeFolder } from "../support/partial_runs.ts";

const BOOKWORM = "images/debian/bookworm/amd64/default";
const TRIXIE = "images/debian/trixie/amd64/default";
const ALPINE = "images/alpine/edge/amd64/default";
const BOOKWORM_ID = "debian:bookworm:amd64:default";

/** Three products that were published. */
function createPublished(): Promise<MemoryPorts> {
  return publishImages({ [BOOKWORM]: "bookworm", [TRIXIE]: "trixie", [ALPINE]: "alpine" });
}

/** The line of a product in the published document. */
function lineOf(ports: MemoryPorts, id: string): string | undefined {
  return ports.tree.readText(IMAGES_JSON).split("\n").find((line) => line.startsWith(`"${id}"`))
    ?.replace(/,$/, "");
}

/** Every path that is listed or read from now on. */
function watchReads(ports: MemoryPorts): readonly string[] {
  const paths: string[] = [];
  const [list, readText] = [ports.tree.list.bind(ports.tree), ports.tree.readText.bind(ports.tree)];
  ports.tree.list = (path) => (paths.push(path), list(path));
  ports.tree.readText = (path) => (paths.push(path), readText(path));
  return paths;
}

test("indexTree() with products publishes what changed in them and nothing else", async () => {
  const ports = await createPublished();
  for (const folder of [BOOKWORM, TRIXIE, ALPINE]) putImage(ports, `${folder}/20240202`, folder);
  putImage(ports, "images/fedora/40/amd64/default/20240101", "fedora");
  const others = ["debian:trixie:amd64:default", "alpine:edge:amd64:default"];
  const before = others.map((id) => lineOf(ports, id));
  ports.hasher.read.length = 0;
  const { result } = await publishPart(ports, ["debian:bookworm"]);
  assert.deepEqual(others.map((id) => lineOf(ports, id)), before);
  assert.deepEqual(result.changes, {
    added: [`${BOOKWORM_ID}@20240202`],
    removed: [],
    changed: [],
  });
  assert.deepEqual(ports.hasher.read, [
    `/root/${BOOKWORM}/20240202/incus.tar.xz`,
    `/root/${BOOKWORM}/20240202/root.squashfs`,
  ]);
  assert.deepEqual(result.scope, ["debian:bookworm"]);
  const { products, versions, images, hashedFiles } = result.counts;
  assert.deepEqual([products, versions, images, hashedFiles], [3, 4, 4, 2]);
  const index = JSON.parse(ports.tree.readText("/root/streams/v1/index.json"));
  assert.equal(index.index.images.products.length, 3);
});

test("indexTree() with products enters only folders that lead to them", async () => {
  const ports = await createPublished();
  putImage(ports, `${BOOKWORM}/20240202`, "new");
  for (const folder of ["images/debian", "images/debian/trixie", "images/alpine", BOOKWORM]) {
    ports.tree.put(`/root/${folder}/.requirements`, "{}");
  }
  const paths = watchReads(ports);
  await publishPart(ports, ["debian:bookworm"]);
  const seen = paths.filter((path) => path.startsWith("/root/images/"));
  assert.ok(seen.includes("/root/images/debian/.requirements"));
  assert.ok(seen.includes(`/root/${BOOKWORM}/.requirements`));
  const above = ["/root/images/debian", "/root/images/debian/.requirements"];
  const elsewhere = seen.filter((path) => !path.startsWith("/root/images/debian/bookworm"));
  assert.deepEqual([...new Set(elsewhere)].sort(), above);
});

test("indexTree() with products gives them the requirements of the levels above", async () => {
  const ports = await createPublished();
  ports.tree.put("/root/images/debian/.requirements", '{"nesting": true}');
  ports.tree.put("/root/images/alpine/.requirements", '{"nesting": null}');
  const { result } = await publishPart(ports, ["debian:bookworm"]);
  assert.deepEqual(result.changes.changed, [BOOKWORM_ID]);
  assert.deepEqual(publishedImages(ports).products[BOOKWORM_ID].requirements, { nesting: "true" });
});

test("indexTree() with products names bad requirements files above them", async () => {
  const ports = await createPublished();
  ports.tree.put("/root/images/debian/.requirements", '{"nesting": null}');
  await assert.rejects(publishPart(ports, ["debian:bookworm"]), BadFilesError);
});

test("indexTree() with products takes those that are gone out of the document", async () => {
  const ports = await createPublished();
  removeFolder(ports, "images/debian/bookworm");
  removeFolder(ports, "images/alpine");
  const { result } = await publishPart(ports, ["debian"]);
  assert.deepEqual(Object.keys(publishedImages(ports).products), [
    "alpine:edge:amd64:default",
    "debian:trixie:amd64:default",
  ]);
  assert.deepEqual(result.changes.removed, [`${BOOKWORM_ID}@20240101`]);
  assert.equal(result.counts.products, 2);
  assert.deepEqual(result.findings, []);
});

test("indexTree() with products publishes them alone where there is no document yet", async () => {
  const ports = createMemoryPorts();
  putImage(ports, `${BOOKWORM}/20240101`, "bookworm");
  putImage(ports, `${ALPINE}/20240101`, "alpine");
  const { result } = await publishPart(ports, ["debian"]);
  assert.deepEqual(Object.keys(publishedImages(ports).products), [BOOKWORM_ID]);
  assert.deepEqual(result.scope, ["debian"]);
});

test("indexTree() with products writes nothing while nothing of them has changed", async () => {
  const ports = await createPublished();
  putImage(ports, `${ALPINE}/20240202`, "new");
  ports.clock.time = new Date(ports.clock.time.getTime() + 60_000);
  ports.hasher.read.length = 0;
  ports.tree.onChange = (change) => assert.fail(change);
  const { result } = await publishPart(ports, ["debian"]);
  assert.deepEqual(result.documents.map(({ changed }) => changed), [false, false]);
  assert.deepEqual(result.scope, ["debian"]);
  assert.equal(result.counts.products, 3);
  assert.deepEqual(ports.hasher.read, []);
});

test("indexTree() with products shows without write what it would write", async () => {
  const ports = await createPublished();
  putImage(ports, `${BOOKWORM}/20240202`, "new");
  putImage(ports, `${ALPINE}/20240202`, "new too");
  ports.tree.onChange = (change) => assert.fail(change);
  const { document, result } = await publishPart(ports, ["debian"], { write: false });
  ports.tree.onChange = () => {};
  assert.equal(result.written, false);
  await publishPart(ports, ["debian"]);
  assert.equal([...document()].join(""), ports.tree.readText(IMAGES_JSON));
});

test("indexTree() with products tells what it found about them and the levels above", async () => {
  const ports = await createPublished();
  for (const folder of [BOOKWORM, ALPINE]) {
    ports.tree.put(`/root/${folder}/20240202/incus.tar.xz`, "alone");
  }
  for (const folder of ["images", "images/debian", "images/alpine", "images/debian/trixie"]) {
    ports.tree.put(`/root/${folder}/.requirements`, '{"kernel": "6"}');
  }
  for (const folder of ["images/a%", "images/debian/a%", "images/debian/bookworm/a%"]) {
    ports.tree.put(`/root/${folder}/file`, "");
  }
  const expected = [
    ["SETTINGS_MISPLACED", "images/.requirements"],
    ["REQUIREMENT_UNKNOWN", "images/debian/.requirements"],
    ["NAME_UNUSABLE", "images/debian/bookworm/a%"],
    ["VERSION_WITHOUT_ROOT", `${BOOKWORM}/20240202`],
  ];
  await publishPart(ports, ["debian:trixie"]);
  const first = await publishPart(ports, ["debian:bookworm"]);
  assert.deepEqual(first.result.findings.map(({ code, path }) => [code, path]), expected);
  await publishRoot(ports);
  const second = await publishPart(ports, ["debian:bookworm"]);
  assert.deepEqual(second.result.findings, first.result.findings);
});

test("indexTree() with products finds selectors that select none, each time", async () => {
  const ports = await createPublished();
  const selectors = ["debian:book", "debian:bookworm", "fedora"];
  for (const seed of ["changed", undefined, "changed again"]) {
    if (seed !== undefined) putImage(ports, `${BOOKWORM}/20240101`, seed, 5);
    const { result } = await publishPart(ports, selectors);
    assert.deepEqual(result.findings.map(({ code, path }) => [code, path]), [
      ["PRODUCT_UNKNOWN", "images/debian/book"],
      ["PRODUCT_UNKNOWN", "images/fedora"],
    ]);
  }
  assert.deepEqual((await publishRoot(ports)).result.findings, []);
});

test("indexTree() with products knows one that is published or empty", async () => {
  const ports = await createPublished();
  removeFolder(ports, "images/debian/bookworm");
  ports.tree.put("/root/images/fedora/40/amd64/default/readme", "");
  const { result } = await publishPart(ports, ["debian:bookworm", "fedora"]);
  assert.deepEqual(result.findings.map(({ code }) => code), ["PRODUCT_EMPTY"]);
});

test("indexTree() with products reads only them again without the caches", async () => {
  const ports = await createPublished();
  ports.hasher.read.length = 0;
  await publishPart(ports, ["alpine"], { useCache: false });
  assert.deepEqual(ports.hasher.read, [
    `/root/${ALPINE}/20240101/incus.tar.xz`,
    `/root/${ALPINE}/20240101/root.squashfs`,
  ]);
});

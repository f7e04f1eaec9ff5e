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
  IMAGES_JSON,
  publishPart,
  removeFolder,
  SNAPSHOT,
} from "../support/partial_runs.ts";

const DEBIAN = "images/debian/12/amd64/default";
const ALPINE = "images/alpine/edge/amd64/default";
const DEBIAN_ID = "debian:12:amd64:default";

/** Two products that were published. */
function createPublished(): Promise<MemoryPorts> {
  return publishImages({ [DEBIAN]: "debian", [ALPINE]: "alpine" });
}

for (const snapshot of ["with a snapshot", "without one"]) {
  const prepare = async () => {
    const ports = await createPublished();
    if (snapshot === "without one") ports.tree.removeFile(SNAPSHOT);
    return ports;
  };

  test(`indexTree() looks at all when a selected product takes the alias of another, ${snapshot}`, async () => {
    const ports = await prepare();
    putImage(ports, "images/debian/12/x86_64/default/20240101", "other");
    const { result } = await publishPart(ports, ["debian:12:x86_64"]);
    assert.equal(result.scope, "all");
    assert.deepEqual(result.findings.map(({ code }) => code), ["ALIAS_TAKEN", "ALIAS_TAKEN"]);
    await assertPublishedAsFromScratch(ports);
  });

  test(`indexTree() looks at all when a selected product has the fingerprint of another, ${snapshot}`, async () => {
    const ports = await prepare();
    putImage(ports, `${ALPINE}/20240202`, "debian");
    const { result } = await publishPart(ports, ["alpine"]);
    assert.equal(result.scope, "all");
    assert.deepEqual(Object.keys(publishedImages(ports).products), ["alpine:edge:amd64:default"]);
    await assertPublishedAsFromScratch(ports);
  });
}

test("indexTree() tells without write as well that it looked at all, and counts what it read", async () => {
  const ports = await createPublished();
  putImage(ports, `${ALPINE}/20240202`, "debian");
  const { result } = await publishPart(ports, ["alpine"], { write: false });
  assert.equal(result.scope, "all");
  assert.equal(result.counts.hashedFiles, 4);
  assert.deepEqual(result.changes.removed, [`${DEBIAN_ID}@20240101`]);
});

test("indexTree() gives a product back what a selected one had taken from it", async () => {
  const ports = await createPublished();
  putImage(ports, `${ALPINE}/20240202`, "debian");
  putImage(ports, "images/debian/12/x86_64/default/20240101", "other");
  await publishRoot(ports);
  for (
    const [folder, selector] of [[ALPINE, "alpine:edge"], [DEBIAN, "debian:12:amd64"]] as const
  ) {
    removeFolder(ports, folder);
    const { result } = await publishPart(ports, [selector]);
    assert.equal(result.scope, "all");
    await assertPublishedAsFromScratch(ports);
  }
});

test("indexTree() looks at no more than is selected for what other products took from each other", async () => {
  const ports = await createPublished();
  putImage(ports, `${ALPINE}/20240202`, "alpine");
  await publishRoot(ports);
  putImage(ports, `${DEBIAN}/20240202`, "new");
  const { result } = await publishPart(ports, ["debian"]);
  assert.deepEqual(result.scope, ["debian"]);
  assert.deepEqual(result.findings, []);
  await assertPublishedAsFromScratch(ports);
  const whole = await publishRoot(ports);
  assert.deepEqual(whole.result.findings.map(({ code }) => code), ["FINGERPRINT_TAKEN"]);
});

test("indexTree() finds selectors that select none when it looked at all, too", async () => {
  const ports = await createPublished();
  putImage(ports, "images/debian/12/x86_64/default/20240101", "other");
  const { result } = await publishPart(ports, ["debian:12:x86_64", "fedora"]);
  assert.equal(result.scope, "all");
  assert.ok(result.findings.some(({ code }) => code === "PRODUCT_UNKNOWN"));
});

test("indexTree() with products refuses to put them into what is no products document", async () => {
  const ports = await createPublished();
  ports.tree.put(IMAGES_JSON, "{");
  ports.tree.onChange = (change) => assert.fail(change);
  for (const write of [true, false]) {
    await assert.rejects(publishPart(ports, ["debian"], { write }), {
      code: "REFUSED",
      message: 'Cannot index debian alone: "streams/v1/images.json" is no products document, ' +
        "expected one that the other products stay in; index the whole tree",
    });
  }
});

test("indexTree() with products keeps those of a document that another tool wrote", async () => {
  const ports = createMemoryPorts();
  putImage(ports, `${DEBIAN}/20240101`, "debian");
  const other = {
    versions: { "1": { label: "a", items: {} }, "2": { items: {} } },
    aliases: "b",
    arch: "amd64",
  };
  ports.tree.put(IMAGES_JSON, JSON.stringify({ products: { "b:1:amd64:x": other } }, null, 1));
  const { result } = await publishPart(ports, ["debian"]);
  assert.deepEqual(result.scope, ["debian"]);
  assert.deepEqual(publishedImages(ports).products["b:1:amd64:x"], other);
  assert.deepEqual([result.counts.products, result.counts.versions], [2, 3]);
});

test("indexTree() with products respects aliases in a document that another tool wrote", async () => {
  const ports = createMemoryPorts();
  putImage(ports, `${DEBIAN}/20240101`, "debian");
  const other = { aliases: "sid,debian/12", arch: "x86_64", versions: {} };
  ports.tree.put(IMAGES_JSON, JSON.stringify({ products: { "b:1:amd64:x": other } }));
  const { result } = await publishPart(ports, ["debian"]);
  assert.equal(result.scope, "all");
});

test("indexTree() with products will not empty the document", async () => {
  const ports = await createPublished();
  ports.tree.put("/root/images/fedora/readme", "");
  removeFolder(ports, "images/debian");
  removeFolder(ports, "images/alpine");
  await assert.rejects(publishPart(ports, ["debian", "alpine"]), { code: "REFUSED" });
  const { result } = await publishPart(ports, ["debian"]);
  assert.equal(result.counts.products, 1);
  await publishPart(ports, ["alpine"], { allowEmpty: true });
  assert.deepEqual(publishedImages(ports).products, {});
});

for (const what of ["missing", "empty"]) {
  test(`indexTree() with products takes an images folder that is ${what} for a missing mount`, async () => {
    const ports = await createPublished();
    const text = ports.tree.readText(IMAGES_JSON);
    for (const folder of ["images/debian", "images/alpine"]) removeFolder(ports, folder);
    if (what === "missing") removeFolder(ports, "images");
    await assert.rejects(publishPart(ports, ["debian"]), { code: "REFUSED" });
    assert.equal(ports.tree.readText(IMAGES_JSON), text);
  });
}

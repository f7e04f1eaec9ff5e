import assert from "node:assert/strict";
import { test } from "node:test";
import type { MemoryPorts } from "../support/memory_ports.ts";
import { createMemoryPorts, publishRoot } from "../support/memory_ports.ts";
import { putDelta } from "../support/put_delta.ts";
import { codesOf, editDocuments, FOLDER, soundRoot, verify } from "../support/verified_root.ts";

const DELTA = `${FOLDER}/20240102/root.20240101.vcdiff`;

async function rootWithDelta(): Promise<MemoryPorts> {
  const ports = await soundRoot(createMemoryPorts());
  putDelta(ports, { product: FOLDER, base: "20240101", target: "20240102" });
  await publishRoot(ports);
  ports.coder.calls.length = 0;
  return ports;
}

/** Has the document tell of another delta than was proven, by its right size and digest. */
function replaceDelta(ports: MemoryPorts, text: string, sha256: string): void {
  ports.tree.put(`/root/${DELTA}`, text);
  editDocuments(ports, (product) => {
    const item = product.versions["20240102"].items["root.20240101.vcdiff"];
    Object.assign(item, { size: text.length, sha256 });
  });
}

test("verifyTree() decodes each delta and finds nothing wrong with a right one", async () => {
  const ports = await rootWithDelta();
  const { findings } = await verify(ports);
  assert.deepEqual(findings, []);
  assert.deepEqual(ports.coder.calls, [`decode /root/${DELTA}`]);
});

test("verifyTree() decodes nothing when it is to be fast", async () => {
  const ports = await rootWithDelta();
  const { findings } = await verify(ports, { fast: true });
  assert.deepEqual([findings, ports.coder.calls], [[], []]);
});

test("verifyTree() finds a delta that does not make the root beside it", async () => {
  const ports = await rootWithDelta();
  // printf 'delta 5 x' | sha256sum
  const sha256 = "3075671840cd2f7af4f3ac269f2269635c5e27f80f01bd9cdba202d317b0a94c";
  replaceDelta(ports, "delta 5 x", sha256);
  const { findings } = await verify(ports);
  assert.deepEqual(codesOf(findings), [`error DELTA_WRONG ${DELTA}`]);
});

test("verifyTree() tells once of a delta that is damaged, and does not decode it", async () => {
  const ports = await rootWithDelta();
  const text = ports.tree.readText(`/root/${DELTA}`);
  ports.tree.put(`/root/${DELTA}`, `${text.slice(0, -1)}!`);
  const { findings } = await verify(ports);
  assert.deepEqual(codesOf(findings), [`error FILE_DIGEST ${DELTA}`]);
  assert.deepEqual(ports.coder.calls, []);
});

test("verifyTree() says that deltas were not decoded where there is no xdelta3", async () => {
  const ports = await rootWithDelta();
  ports.coder.present = false;
  const { findings } = await verify(ports);
  assert.deepEqual(codesOf(findings), ["warning DELTA_UNPROVEN streams/v1/index.json"]);
});

test("verifyTree() finds a delta beside which no squashfs root is listed", async () => {
  const ports = await rootWithDelta();
  editDocuments(ports, (product) => {
    const { items } = product.versions["20240102"];
    for (const [key, item] of Object.entries(items)) {
      if (JSON.stringify(item).includes(`"squashfs"`)) delete items[key];
    }
  });
  const { findings } = await verify(ports, { fast: true });
  assert.ok(codesOf(findings).includes("error DELTA_BASE streams/v1/images.json"));
});

test("verifyTree() knows nothing of a delta that could not be decoded, which is no error", async () => {
  const ports = await rootWithDelta();
  ports.coder.decode = () => Promise.resolve({ undecided: "the program was killed" });
  const { findings } = await verify(ports);
  assert.deepEqual(codesOf(findings), [`warning DELTA_UNPROVEN ${DELTA}`]);
});

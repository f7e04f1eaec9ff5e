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

const DEBIAN = "images/debian/12/amd64/default";
const ALPINE = "images/alpine/edge/amd64/default";

/** Two products that were published. */
function createPublished(): Promise<MemoryPorts> {
  return publishImages({ [DEBIAN]: "debian", [ALPINE]: "alpine" });
}

async function assertAsFromScratch(ports: MemoryPorts): Promise<void> {
  const { document, result } = await publishRoot(ports, { write: false, useCache: false });
  const { result: now } = await publishRoot(ports, { allowEmpty: true });
  assert.equal(ports.tree.readText("/root/streams/v1/images.json"), [...document()].join(""));
  assert.deepEqual(now.findings, result.findings);
  assert.deepEqual(
    { ...now.counts, hashedFiles: 0, hashedBytes: 0 },
    { ...result.counts, hashedFiles: 0, hashedBytes: 0 },
  );
}

test("indexTree() sees that a new version has the fingerprint of a product that did not change", async () => {
  const ports = await createPublished();
  putImage(ports, `${ALPINE}/20240202`, "debian");
  const { result } = await publishRoot(ports);
  assert.deepEqual(Object.keys(publishedImages(ports).products), ["alpine:edge:amd64:default"]);
  assert.ok(result.findings.some(({ code }) => code === "FINGERPRINT_TAKEN"));
  await assertAsFromScratch(ports);
});

test("indexTree() sees that a new product has the alias of a product that did not change", async () => {
  const ports = await createPublished();
  putImage(ports, "images/debian/12/x86_64/default/20240101", "other");
  const { result } = await publishRoot(ports);
  const codes = result.findings.map(({ code }) => code);
  assert.deepEqual(codes, ["ALIAS_TAKEN", "ALIAS_TAKEN"]);
  await assertAsFromScratch(ports);
});

test("indexTree() sees that only the requirements of a product changed", async () => {
  const ports = await createPublished();
  ports.tree.put("/root/images/debian/.requirements", '{"nesting": true}');
  const { result } = await publishRoot(ports);
  assert.deepEqual(result.changes.changed, ["debian:12:amd64:default"]);
  await assertAsFromScratch(ports);
});

// With x86_64 beside amd64 there is an alias to fight over; else only fingerprints.
for (const architectures of [["amd64", "x86_64", "arm64"], ["amd64", "arm64", "riscv64"]]) {
  const names = architectures.join(", ");
  test(`indexTree() makes the same of a changed tree as of a new one, for ${names}`, async () => {
    const ports = createMemoryPorts();
    const random = createRandom(20240601);
    const pick = <Value>(values: readonly Value[]): Value => {
      const value = values[random(values.length)];
      assert.ok(value !== undefined);
      return value;
    };
    const products = architectures.flatMap((arch) =>
      ["default", "cloud"].map((variant) => `images/debian/12/${arch}/${variant}`)
    );
    const days = ["20240101", "20240102", "20240103_00:00", "2024bad"];
    putImage(ports, `${DEBIAN}/20231231`, "always there");
    for (let step = 0; step < 200; step++) {
      const folder = `${pick(products)}/${pick(days)}`;
      const files = [...ports.tree.files().keys()].filter((path) =>
        path.startsWith("/root/images")
      );
      const change = random(7);
      if (change < 3) putImage(ports, folder, `seed ${random(30)}`, step);
      else if (change === 3) {
        ports.tree.put(`/root/${folder}/root.squashfs`, `root seed ${random(30)}`, {
          mtimeMs: -step,
        });
      } else if (change === 4) ports.tree.removeFile(pick(files));
      else if (change === 5) {
        ports.tree.put(`/root/${pick(products)}/.requirements`, `{"nesting":${pick([0, 1, 2])}}`);
      } else ports.tree.put(`/root/${folder}/disk.qcow2`, `disk ${random(30)}`, { mtimeMs: step });
      await assertAsFromScratch(ports);
    }
  });
}

/** A small generator, so that a run that goes wrong goes wrong again. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = Math.imul(state, 1103515245) + 12345 >>> 0;
    return (state >>> 8) % below;
  };
}

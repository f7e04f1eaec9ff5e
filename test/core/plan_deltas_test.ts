import assert from "node:assert/strict";
import { test } from "node:test";
import { pairKey } from "../../core/format/delta_notes.ts";
import { DELTA_DEFAULTS, type DeltaChoice, planDeltas } from "../../core/plan_deltas.ts";
import {
  createMemoryPorts,
  type MemoryPorts,
  publishRoot,
  putImage,
} from "../support/memory_ports.ts";

const PRODUCT = "images/debian/12/amd64/default";
const VERSIONS = ["20240101", "20240102", "20240103_05:24"];

async function plan(ports: MemoryPorts, options: Partial<DeltaChoice> = {}, notes = new Map()) {
  const { products } = await publishRoot(ports);
  const [texts = new Map()] = products();
  return planDeltas(texts, { ...DELTA_DEFAULTS, notes, ...options });
}

function rootWith(versions: readonly string[]): MemoryPorts {
  const ports = createMemoryPorts();
  for (const version of versions) putImage(ports, `${PRODUCT}/${version}`, version);
  return ports;
}

async function planned(ports: MemoryPorts, options?: Partial<DeltaChoice>) {
  const { make } = await plan(ports, options);
  return make.map(({ base, version }) => `${base} to ${version}`);
}

test("planDeltas() wants one to the newest version, from the one before", async () => {
  const { make } = await plan(rootWith(VERSIONS));
  assert.deepEqual(make.map(({ path, limitBytes }) => ({ path, limitBytes })), [{
    path: `${PRODUCT}/20240103_05:24/root.20240102.vcdiff`,
    limitBytes: 13,
  }]);
  assert.equal(make[0]?.from.path, `${PRODUCT}/20240102/root.squashfs`);
});

test("planDeltas() wants as many as there are versions with one before them", async () => {
  assert.deepEqual(await planned(rootWith(VERSIONS), { versions: 9 }), [
    "20240101 to 20240102",
    "20240102 to 20240103_05:24",
  ]);
});

test("planDeltas() wants none for a single version", async () => {
  assert.deepEqual(await planned(rootWith(["20240101"])), []);
});

test("planDeltas() passes over versions without a squashfs root", async () => {
  const ports = rootWith(["20240101", "20240103"]);
  ports.tree.put(`/root/${PRODUCT}/20240102/incus.tar.xz`, "metadata");
  ports.tree.put(`/root/${PRODUCT}/20240102/root.tar.xz`, "tarball");
  assert.deepEqual(await planned(ports), ["20240101 to 20240103"]);
});

test("planDeltas() wants none that is listed, but one where an older base is", async () => {
  const ports = rootWith(VERSIONS);
  const folder = `/root/${PRODUCT}/20240103_05:24`;
  const squashfs = (version: string) =>
    ports.tree.readBytes(`/root/${PRODUCT}/${version}/root.squashfs`);
  const put = (base: string) => {
    const delta = ports.coder.make(squashfs(base), squashfs("20240103_05:24"));
    ports.tree.put(`${folder}/root.${base}.vcdiff`, new TextDecoder().decode(delta));
  };
  put("20240101");
  assert.deepEqual(await planned(ports), ["20240102 to 20240103_05:24"]);
  put("20240102");
  assert.deepEqual(await planned(ports), []);
});

test("planDeltas() tries no pair again that was not worth it, unless more is allowed", async () => {
  const ports = rootWith(VERSIONS);
  const [delta] = (await plan(ports)).make;
  assert.ok(delta);
  const key = pairKey({ baseSha256: delta.from.sha256, targetSha256: delta.to.sha256 });
  const notes = new Map([[key, 13]]);
  const again = await plan(ports, {}, notes);
  assert.deepEqual([again.make.length, again.notWorth.length], [0, 1]);
  const larger = await plan(ports, { maxRatio: 0.8 }, notes);
  assert.deepEqual([larger.make.length, larger.notWorth.length], [1, 0]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { storageError } from "../../core/adapters/memory.ts";
import type { IndexOptions } from "../../core/index_tree.ts";
import { makeDeltas, requireCoder } from "../../core/make_deltas.ts";
import { DELTA_DEFAULTS, type DeltaChoice } from "../../core/plan_deltas.ts";
import { reportDeltas } from "../../core/report_deltas.ts";
import { parseSelection } from "../../core/selection.ts";
import {
  createMemoryPorts,
  type MemoryPorts,
  publishedImages,
  publishRoot,
} from "../support/memory_ports.ts";

const PRODUCT = "images/debian/12/amd64/default";
const ID = "debian:12:amd64:default";
const COMMON = "the part that all of the builds have in common";
const DELTA = `/root/${PRODUCT}/20240102/root.20240101.vcdiff`;

const fullDisk = storageError("full", "write", "/root");
const denied = storageError("denied", "write", "/root");

function putRoot(ports: MemoryPorts, product: string, version: string, root: string): void {
  ports.tree.put(
    `/root/images/${product}/${version}/incus.tar.xz`,
    `metadata ${product} ${version}`,
  );
  ports.tree.put(`/root/images/${product}/${version}/root.squashfs`, root);
}

function rootWithBuilds(second = `${COMMON} and one`): MemoryPorts {
  const ports = createMemoryPorts();
  putRoot(ports, "debian/12/amd64/default", "20240101", COMMON);
  putRoot(ports, "debian/12/amd64/default", "20240102", second);
  return ports;
}

async function make(
  ports: MemoryPorts,
  options: Partial<IndexOptions> = {},
  choice: Partial<DeltaChoice> = {},
) {
  const tree = await makeDeltas(ports, "/root", {
    ...{ concurrency: 2, write: true, useCache: true },
    ...options,
    deltas: { ...DELTA_DEFAULTS, ...choice },
  });
  const report = reportDeltas(tree);
  return { ...tree, report, codes: tree.result.findings.map(({ code }) => code) };
}

function baseOf(ports: MemoryPorts): unknown {
  const { items } = publishedImages(ports).products[ID].versions["20240102"];
  return items["root.20240101.vcdiff"]?.delta_base;
}

test("makeDeltas() makes what is missing, and publishes it in the same run", async () => {
  const ports = rootWithBuilds();
  const { report, codes, result } = await make(ports);
  assert.deepEqual(codes, []);
  assert.deepEqual(report.made, [{
    ...{ product: ID, version: "20240102", base: "20240101" },
    ...{ path: DELTA.slice("/root/".length), rootSize: 54, size: 17 },
  }]);
  assert.equal(baseOf(ports), "20240101");
  assert.deepEqual(result.changes, {
    added: [`${ID}@20240101`, `${ID}@20240102`],
    removed: [],
    changed: [],
  });
});

test("makeDeltas() decodes what it makes once, and what is listed no more", async () => {
  const ports = rootWithBuilds();
  await make(ports);
  const decoded = () => ports.coder.calls.filter((call) => call.startsWith("decode")).length;
  assert.equal(decoded(), 1);
  // Its time stamp says nothing yet, so it is read again
  ports.coder.present = false;
  const { codes, result } = await make(ports);
  assert.deepEqual([codes, decoded(), result.counts.hashedFiles], [[], 1, 1]);
  assert.equal(baseOf(ports), "20240101");
  ports.coder.present = true;
  await make(ports, { useCache: false });
  assert.equal(decoded(), 2);
});

test("makeDeltas() does not believe a document of a delta that is another by now", async () => {
  const ports = rootWithBuilds();
  await make(ports);
  const text = ports.tree.readText(DELTA);
  ports.tree.put(DELTA, text.slice(0, -1) + "~");
  ports.coder.present = false;
  assert.deepEqual((await make(ports)).codes, ["DELTA_NOT_MADE", "DELTA_UNPROVEN"]);
  assert.equal(baseOf(ports), undefined);
  ports.coder.present = true;
  assert.deepEqual((await publishRoot(ports)).result.findings.map(({ code }) => code), [
    "DELTA_WRONG",
  ]);
});

test("makeDeltas() does not read a delta that nothing here can prove", async () => {
  const ports = rootWithBuilds();
  ports.tree.put(DELTA, "delta 3 x");
  ports.coder.present = false;
  assert.equal((await make(ports)).result.counts.hashedFiles, 4);
  const { codes, result } = await make(ports);
  assert.deepEqual([codes, result.counts.hashedFiles], [["DELTA_NOT_MADE", "DELTA_UNPROVEN"], 0]);
});

test("makeDeltas() says in a dry run, too, that there is no xdelta3", async () => {
  const ports = rootWithBuilds();
  ports.coder.present = false;
  const { codes, report } = await make(ports, { write: false });
  assert.deepEqual(codes, ["DELTA_NOT_MADE"]);
  assert.equal(report.planned.length, 1);
});

test("makeDeltas() makes nothing twice", async () => {
  const ports = rootWithBuilds();
  await make(ports);
  ports.coder.calls.length = 0;
  const { report, result } = await make(ports);
  assert.deepEqual(report, { made: [], planned: [], notWorth: [] });
  assert.equal(result.documents.some(({ changed }) => changed), false);
  assert.deepEqual(ports.coder.calls, []);
});

test("makeDeltas() tells what it would make, and writes nothing, without write", async () => {
  const ports = rootWithBuilds();
  const before = ports.tree.files();
  const { report } = await make(ports, { write: false });
  assert.deepEqual(report.planned.map(({ base }) => base), ["20240101"]);
  assert.deepEqual(ports.tree.files(), before);
});

test("makeDeltas() does not keep a delta that saves little, nor make it again", async () => {
  const ports = rootWithBuilds("nothing of the base is left in this one, whatever it was");
  const first = await make(ports);
  assert.deepEqual([first.report.made.length, first.report.notWorth.length], [0, 1]);
  assert.equal(ports.tree.stat(DELTA), undefined);
  const calls = ports.coder.calls.length;
  const second = await make(ports);
  assert.deepEqual(second.report, first.report);
  assert.equal(ports.coder.calls.length, calls);
  putRoot(ports, "debian/12/amd64/default", "20240102", `${COMMON}!`);
  assert.equal((await make(ports)).report.made.length, 1);
});

test("makeDeltas() indexes and says what is missing where there is no xdelta3", async () => {
  const ports = rootWithBuilds();
  ports.coder.present = false;
  const { codes, result } = await make(ports);
  assert.deepEqual(codes, ["DELTA_NOT_MADE"]);
  assert.equal(result.counts.versions, 2);
  assert.equal(baseOf(ports), undefined);
  assert.deepEqual([...ports.tree.files().keys()].filter((path) => path.includes("delta")), []);
  await assert.rejects(requireCoder(ports), {
    code: "REFUSED",
    message:
      'Cannot make deltas: there is no program "xdelta3", expected it in PATH; install the ' +
      "package xdelta3",
  });
});

test("makeDeltas() keeps no delta that does not make the root", async () => {
  const ports = rootWithBuilds();
  ports.coder.decode = () => Promise.resolve({ sha256: "0".repeat(64), sizeBytes: 1 });
  const { codes } = await make(ports);
  assert.deepEqual(codes, ["DELTA_NOT_MADE"]);
  assert.deepEqual(
    ports.tree.list(`/root/${PRODUCT}/20240102`),
    ["incus.tar.xz", "root.squashfs", ".items.json"],
  );
});

test("makeDeltas() puts a right delta in place of a wrong one that was there", async () => {
  const ports = rootWithBuilds();
  ports.tree.put(DELTA, "delta 3 wrong");
  const { codes, report } = await make(ports);
  assert.equal(report.made.length, 1);
  assert.deepEqual(codes, []);
  assert.equal(baseOf(ports), "20240101");
});

test("makeDeltas() makes those of the selected products alone", async () => {
  const ports = rootWithBuilds();
  putRoot(ports, "alpine/3/amd64/default", "20240101", `${COMMON} of alpine`);
  putRoot(ports, "alpine/3/amd64/default", "20240102", `${COMMON} of alpine and one`);
  await make(ports, { write: true }, { maxRatio: 0.01 });
  const { report } = await make(ports, { products: parseSelection(["alpine"]) });
  assert.deepEqual(report.made.map(({ product }) => product), ["alpine:3:amd64:default"]);
});

test("makeDeltas() makes them in every stream, from versions of the same", async () => {
  const ports = rootWithBuilds();
  for (const [version, text] of [["20240201", COMMON], ["20240202", `${COMMON} and two`]]) {
    const folder = `/root/daily/debian/12/amd64/default/${version}`;
    ports.tree.put(`${folder}/incus.tar.xz`, `daily ${version}`);
    ports.tree.put(`${folder}/root.squashfs`, `${text}`);
  }
  const { report } = await make(ports, { streams: ["daily"] });
  assert.deepEqual(report.made.map(({ path }) => path), [
    "images/debian/12/amd64/default/20240102/root.20240101.vcdiff",
    "daily/debian/12/amd64/default/20240202/root.20240201.vcdiff",
  ]);
});

test("makeDeltas() tells of a full disk, tries no more, and leaves nothing half", async () => {
  const ports = rootWithBuilds();
  putRoot(ports, "alpine/3/amd64/default", "20240101", `${COMMON} of alpine`);
  putRoot(ports, "alpine/3/amd64/default", "20240102", `${COMMON} of alpine and one`);
  const { encode } = ports.coder;
  let tries = 0;
  ports.coder.encode = (...args) => {
    tries++;
    ports.tree.onChange = () => {
      throw fullDisk;
    };
    return encode(...args).finally(() => {
      ports.tree.onChange = () => {};
    });
  };
  const { codes, report } = await make(ports, { concurrency: 1 });
  assert.deepEqual([codes, report.made, tries], [["DELTA_NOT_MADE"], [], 1]);
  assert.deepEqual([...ports.tree.files().keys()].filter((path) => path.includes("vcdiff")), []);
  ports.coder.encode = encode;
  assert.equal((await make(ports)).report.made.length, 2);
});

test("makeDeltas() goes on with the others where one cannot be written", async () => {
  const ports = rootWithBuilds();
  putRoot(ports, "alpine/3/amd64/default", "20240101", `${COMMON} of alpine`);
  putRoot(ports, "alpine/3/amd64/default", "20240102", `${COMMON} of alpine and one`);
  ports.tree.onChange = (change) => {
    if (/alpine.*vcdiff/.test(change)) throw denied;
  };
  const { codes, report } = await make(ports);
  assert.deepEqual(codes, ["DELTA_NOT_MADE"]);
  assert.deepEqual(report.made.map(({ product }) => product), [ID]);
});

test("makeDeltas() removes what a killed run left, and nothing else that it is told of", async () => {
  const ports = rootWithBuilds();
  await make(ports, {}, { maxRatio: 0.01 });
  const hidden = `${PRODUCT}/20240101/.root.20231231.vcdiff.new`;
  const kept = [
    `${PRODUCT}/20240101/root.squashfs`,
    "images/../images/12/amd64/default/20240101/.root.1.vcdiff.new",
    ".simplestreams/snapshot",
    `${PRODUCT}/20240101/.root.1.vcdiff`,
  ];
  ports.tree.put(`/root/${hidden}`, "half");
  for (const path of kept) {
    if (!ports.tree.stat(`/root/${path}`)) ports.tree.put(`/root/${path}`, "x");
  }
  ports.tree.put("/root/.simplestreams/deltas-under-way", JSON.stringify([hidden, 7, ...kept]));
  await make(ports, {}, { maxRatio: 0.01 });
  assert.equal(ports.tree.stat(`/root/${hidden}`), undefined);
  for (const path of kept) assert.ok(ports.tree.stat(`/root/${path}`), path);
  assert.equal(ports.tree.stat("/root/.simplestreams/deltas-under-way"), undefined);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { FAULTS, runWithFault } from "../support/faults.ts";
import { type MemoryPorts, publishRoot, putImage } from "../support/memory_ports.ts";
import {
  documentsOf,
  FOLDER,
  listedPaths,
  namesIn,
  prune,
  remove,
  versionedRoot,
  wait,
} from "../support/pruned_root.ts";

const OPTIONS = { keep: 1, orphans: true, incompleteMs: 60_000 };
const VERSIONS = ["20240101", "20240102", "20240103"];

/** A root with a version to be removed, one to leave, a product to be left out, and all kinds of strays. */
async function createRoot(): Promise<MemoryPorts> {
  const ports = await versionedRoot(VERSIONS);
  ports.tree.put(`/root/${FOLDER}/20240101/deep/notes`, "goes with its version");
  ports.tree.put(`/root/${FOLDER}/20240103/notes`, "orphan");
  ports.tree.put(`/root/${FOLDER}/20240104/incus.tar.xz`, "incomplete");
  ports.tree.put(`/root/${FOLDER}/.upload/incus.tar.xz`, "incomplete");
  await remove(ports, "debian:12:amd64:default@20240101");
  await prune(ports, { orphans: true });
  wait(ports, 90);
  return ports;
}

function assertWhole(ports: MemoryPorts, change: string): void {
  const files = ports.tree.files();
  for (const path of listedPaths(ports)) {
    assert.ok(files.has(`/root/${path}`), `${change}: ${path}`);
  }
  for (const path of [`/root/${FOLDER}/20240102`, `/root/${FOLDER}/20240103`]) {
    for (const name of ["incus.tar.xz", "root.squashfs"]) {
      assert.ok(files.has(`${path}/${name}`), `${change}: ${path}/${name} went too early`);
    }
  }
  assert.ok(!listedPaths(ports).some((path) => path.includes("20240101")), `${change}: is back`);
  const [old, left] = [`${FOLDER}/20240101`, namesIn(ports, `${FOLDER}/20240101`)];
  const isHalf = ports.tree.stat(`/root/${old}`) !== undefined && left.length !== 4;
  assert.ok(!isHalf, `${change}: half of ${old} can be seen: ${left.join()}`);
}

for (const kind of FAULTS) {
  test(`pruneTree() loses nothing and is finished by another run when a change is ${kind}, at every change`, async () => {
    let at = 0;
    for (let isComplete = false; !isComplete;) {
      const ports = await createRoot();
      const before = documentsOf(ports);
      const run = await runWithFault(ports, { kind, at: ++at }, async () => {
        const { findings } = await prune(ports, OPTIONS);
        assert.deepEqual(findings.filter(({ severity }) => severity === "error"), []);
      });
      isComplete = run.isComplete;
      const change = `change ${at}`;
      assert.equal(run.error === undefined, isComplete, `${change}: ${run.error}`);
      assertWhole(ports, change);

      // What an index run does in between is of no consequence.
      if (at % 2 === 0) await publishRoot(ports);
      assertWhole(ports, change);
      await prune(ports, OPTIONS);
      assertWhole(ports, change);
      assert.notDeepEqual(documentsOf(ports), before, change);
      const after = documentsOf(ports);
      await publishRoot(ports);
      assert.deepEqual(documentsOf(ports), after, `${change}: an index run says the same`);

      wait(ports, 90);
      await prune(ports, OPTIONS);
      assert.deepEqual(namesIn(ports), ["20240103"], `${change}: all that was due is gone`);
      assert.ok(!ports.tree.files().has(`/root/${FOLDER}/20240103/notes`), change);
      assert.deepEqual(
        [...ports.tree.files().keys()].filter((path) => path.endsWith(".new")),
        [],
        change,
      );
    }
    assert.ok(at > 30, `only ${at} changes were tried`);
  });
}

for (const kind of FAULTS) {
  test(`removeImages() takes a whole product out when a change is ${kind}, at every change`, async () => {
    let at = 0;
    for (let isComplete = false; !isComplete;) {
      const ports = await versionedRoot(VERSIONS);
      putImage(ports, "images/alpine/edge/amd64/default/20240101", "alpine");
      await publishRoot(ports);
      const name = "debian:12:amd64:default";
      const run = await runWithFault(ports, { kind, at: ++at }, () => remove(ports, name));
      isComplete = run.isComplete;
      // Once the products are published the name is not known any more; prune finishes the rest.
      const isOut = !listedPaths(ports).some((path) => path.startsWith(FOLDER));
      await (isOut ? prune(ports) : remove(ports, name));
      const [images = "", index = ""] = documentsOf(ports);
      assert.ok(!images.includes("debian") && !index.includes("debian"), `change ${at}`);
      wait(ports, 90);
      await prune(ports);
      assert.deepEqual(namesIn(ports), [], `change ${at}`);
    }
    assert.ok(at > 10, `only ${at} changes were tried`);
  });
}

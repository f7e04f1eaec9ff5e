import assert from "node:assert/strict";
import { test } from "node:test";
import { FAULTS, runWithFault } from "../support/faults.ts";
import {
  createMemoryPorts,
  type MemoryPorts,
  publishRoot,
  putImage,
} from "../support/memory_ports.ts";

const FOLDER = "images/debian/12/amd64/default";
const DOCUMENTS = ["images", "index"] as const;

/** A tree that was published, and then got a new version and a new product, and lost a version. */
async function createChangedTree(): Promise<MemoryPorts> {
  const ports = createMemoryPorts();
  putImage(ports, `${FOLDER}/20240101`, "a");
  putImage(ports, `${FOLDER}/20240102`, "b");
  await publishRoot(ports);
  putImage(ports, `${FOLDER}/20240103`, "c");
  putImage(ports, "images/alpine/edge/amd64/default/20240103", "d");
  for (const name of ["incus.tar.xz", "root.squashfs", ".items.json"]) {
    ports.tree.removeFile(`/root/${FOLDER}/20240101/${name}`);
  }
  return ports;
}

function documentsOf(ports: MemoryPorts): readonly string[] {
  return DOCUMENTS.map((name) => ports.tree.readText(`/root/streams/v1/${name}.json`));
}

async function publishedTexts(): Promise<readonly string[]> {
  const ports = await createChangedTree();
  await publishRoot(ports);
  return documentsOf(ports);
}

for (const kind of FAULTS) {
  test(`indexTree() leaves each document whole when a change is ${kind}, at every change`, async () => {
    const after = await publishedTexts();
    let at = 0;
    for (let isComplete = false; !isComplete;) {
      const ports = await createChangedTree();
      const before = documentsOf(ports);
      const run = await runWithFault(ports, { kind, at: ++at }, () => publishRoot(ports));
      isComplete = run.isComplete;
      const now = documentsOf(ports);
      now.forEach((text, index) => {
        assert.ok(
          text === before[index] || text === after[index],
          `change ${at}: ${DOCUMENTS[index]}.json is neither old nor new`,
        );
      });
      // The index may lag behind the products, and never names what they do not.
      assert.ok(!(now[1] === after[1] && now[0] === before[0]), `change ${at}: index first`);

      await publishRoot(ports);
      assert.deepEqual(documentsOf(ports), after, `change ${at}: the next run mends it`);
      const left = [...ports.tree.files().keys()].filter((path) => path.endsWith(".new"));
      assert.deepEqual(left, [], `change ${at}: the next run tidies up`);
    }
    assert.ok(at > 12, `only ${at} changes were tried`);
  });
}

test("indexTree() keeps both old documents when the disk is full while either is written", async () => {
  const ports = await createChangedTree();
  const before = documentsOf(ports);
  let isFull = false;
  ports.tree.onChange = (change) => {
    isFull ||= change === "createFile /root/streams/v1/.index.json.new";
    if (isFull && change.startsWith("write")) throw new Error("full");
  };
  await assert.rejects(publishRoot(ports), /full/);
  assert.deepEqual(documentsOf(ports), before);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { StorageError, type StorageReason } from "../../core/errors.ts";
import { makeDeltas } from "../../core/make_deltas.ts";
import { DELTA_DEFAULTS } from "../../core/plan_deltas.ts";
import {
  createMemoryPorts,
  type MemoryPorts,
  publishedImages,
  publishRoot,
} from "../support/memory_ports.ts";

const FOLDER = "/root/images/debian/12/amd64/default";
const ID = "debian:12:amd64:default";
const COMMON = "the part that both builds have in common";

class Killed extends Error {}

const FAULTS: Readonly<Record<string, () => Error>> = {
  full: () => storage("full"),
  denied: () => storage("denied"),
  "denied once": () => storage("denied"),
  killed: () => new Killed(),
  "power cut": () => new Killed(),
};

function storage(reason: StorageReason): StorageError {
  return new StorageError(reason, FOLDER, `Cannot write "${FOLDER}": ${reason}`);
}

async function publishedRoot(): Promise<MemoryPorts> {
  const ports = createMemoryPorts();
  for (const [version, root] of [["20240101", COMMON], ["20240102", `${COMMON} and one`]]) {
    ports.tree.put(`${FOLDER}/${version}/incus.tar.xz`, `metadata ${version}`);
    ports.tree.put(`${FOLDER}/${version}/root.squashfs`, `${root}`);
  }
  await publishRoot(ports);
  return ports;
}

function make(ports: MemoryPorts) {
  const options = { concurrency: 1, write: true, useCache: true, deltas: DELTA_DEFAULTS };
  return makeDeltas(ports, "/root", options);
}

for (const [name, fault] of Object.entries(FAULTS)) {
  test(`makeDeltas() publishes no delta that is not whole when a change is ${name}, at every change`, async () => {
    const whole = await publishedRoot();
    let changes = 0;
    whole.tree.onChange = () => void changes++;
    await make(whole);
    assert.ok(changes > 10);
    for (let stop = 1; stop <= changes; stop++) {
      const ports = await publishedRoot();
      let change = 0;
      ports.tree.onChange = () => {
        // A full disk stays full; a run that was killed does nothing more
        if (name === "denied once" ? ++change === stop : ++change >= stop) throw fault();
      };
      await make(ports).catch((error) => {
        if (!(error instanceof Killed || error instanceof StorageError)) throw error;
      });
      ports.tree.onChange = () => {};
      if (name === "power cut") ports.tree.cutPower();
      assertListedAreWhole(ports, `after change ${stop}`);
      // The next run ends as one that nothing happened to
      const { result } = await make(ports);
      assert.deepEqual(result.findings, [], `after change ${stop}`);
      assert.deepEqual(images(ports), images(whole), `after change ${stop}`);
      const leftovers = [...ports.tree.files().keys()].filter((path) => path.endsWith(".new"));
      assert.deepEqual(leftovers, [], `after change ${stop}`);
    }
  });
}

function images(ports: MemoryPorts): string {
  return ports.tree.readText("/root/streams/v1/images.json");
}

function assertListedAreWhole(ports: MemoryPorts, when: string): void {
  const { versions } = publishedImages(ports).products[ID];
  const item = versions["20240102"].items["root.20240101.vcdiff"];
  if (item === undefined) return;
  assert.equal(ports.tree.stat(`/root/${item.path}`)?.sizeBytes, item.size, when);
}

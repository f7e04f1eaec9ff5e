import assert from "node:assert/strict";
import { test } from "node:test";
import { storageError } from "../../core/adapters/memory.ts";
import { applyImport, planImport } from "../../core/import_image.ts";
import { FAULTS, runWithFault } from "../support/faults.ts";
import { createMemoryPorts, type MemoryPorts } from "../support/memory_ports.ts";

const METADATA = JSON.stringify({
  architecture: "x86_64",
  creation_date: "1704067200",
  properties: { os: "debian", release: "12", description: "a test" },
});
const TARGET = "/root/images/debian/12/amd64/default/20240101_00:00";
const FILES: ReadonlyMap<string, string> = new Map([
  ["disk.qcow2", "disk"],
  ["incus.tar.xz", METADATA],
  ["lxd.tar.xz", `${METADATA}\n`],
  ["root.squashfs", "root"],
]);
const PLACES = { source: "/source", root: "/root" };

function createSource(): MemoryPorts {
  const ports = createMemoryPorts();
  ports.tree.put("/root/readme", "");
  for (const [name, content] of FILES) {
    ports.tree.put(`/source/${name.replace("root.", "rootfs.")}`, content);
  }
  return ports;
}

async function importAll(ports: MemoryPorts): Promise<void> {
  await applyImport(ports, await planImport(ports, PLACES));
}

function versionOf(ports: MemoryPorts): ReadonlyMap<string, string> {
  const names = ports.tree.list(TARGET) ?? [];
  return new Map([...names].sort().map((name) => [name, ports.tree.readText(`${TARGET}/${name}`)]));
}

for (const links of ["hard links", "copies"]) {
  for (const kind of FAULTS) {
    test(`applyImport() by ${links} loses no file when a change is ${kind}, at every change`, async () => {
      let at = 0;
      for (let isComplete = false; !isComplete;) {
        const ports = createSource();
        if (links === "copies") {
          ports.tree.link = (from) => {
            throw storageError("cross-device", "link", from);
          };
        }
        const run = await runWithFault(ports, { kind, at: ++at }, () => importAll(ports));
        isComplete = run.isComplete;

        const version = versionOf(ports);
        assert.ok(
          version.size === 0 || version.size === FILES.size,
          `change ${at}: half a version`,
        );
        if (version.size > 0) assert.deepEqual(version, FILES, `change ${at}`);
        for (const [name, content] of FILES) {
          const source = `/source/${name.replace("root.", "rootfs.")}`;
          const places = [ports.tree.files().get(source), version.get(name)];
          assert.ok(places.includes(content), `change ${at}: ${name} is lost`);
        }
        if (kind === "full" || kind === "denied") {
          const hidden = [...ports.tree.files().keys()].filter((path) =>
            path.includes("/.import-")
          );
          assert.deepEqual(hidden, [], `change ${at}: something is left behind`);
        }
        await finish(ports);
        assert.deepEqual(versionOf(ports), FILES, `change ${at}: the next run finishes`);
      }
      assert.ok(at > 12, `only ${at} changes were tried`);
    });
  }
}

/** Imports again as an operator would, an hour later. */
async function finish(ports: MemoryPorts): Promise<void> {
  ports.clock.time = new Date(ports.clock.time.getTime() + 2 * 60 * 60 * 1000);
  if ((ports.tree.list("/source") ?? []).length === 0) return;
  await importAll(ports);
  const hidden = [...ports.tree.files().keys()].filter((path) => path.includes("/.import-"));
  assert.deepEqual(hidden, [], "leftovers are tidied up");
  assert.deepEqual(ports.tree.list("/source"), [], "the source is empty");
}

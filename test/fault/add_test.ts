import assert from "node:assert/strict";
import { test } from "node:test";
import { storageError } from "../../core/adapters/memory.ts";
import { applyAdd } from "../../core/add_image.ts";
import { planAdd } from "../../core/plan_add.ts";
import { type AddTestPorts, createAddPorts, metadataText } from "../support/add_ports.ts";
import { FAULTS, runWithFault } from "../support/faults.ts";
import { publishedImages } from "../support/memory_ports.ts";

const FOLDER = "images/debian/12/amd64/default/20240102_03:04";
const SETTINGS = "/root/images/debian/12/amd64/default/image.yaml";
const SOURCES: ReadonlyMap<string, string> = new Map([
  ["/source/a", metadataText()],
  ["/source/b", "hsqs root"],
]);
const STORED: ReadonlyMap<string, string> = new Map([
  ["incus.tar.xz", metadataText()],
  ["root.squashfs", "hsqs root"],
]);

const WAYS = [
  { what: "copies", move: false, links: true },
  { what: "moves", move: true, links: true },
  { what: "moves across file systems", move: true, links: false },
];

function createSource(links: boolean): AddTestPorts {
  const ports = createAddPorts();
  ports.tree.put("/root/readme", "");
  for (const [path, content] of SOURCES) ports.tree.put(path, content);
  if (!links) {
    ports.tree.link = (from) => {
      throw storageError("cross-device", "link", from);
    };
  }
  return ports;
}

async function add(ports: AddTestPorts, move: boolean): Promise<void> {
  const request = { root: "/root", files: [...SOURCES.keys()], aliases: ["bookworm"], move };
  await applyAdd(ports, await planAdd(ports, request), { concurrency: 1 });
}

function versionOf(ports: AddTestPorts): ReadonlyMap<string, string> {
  const names = (ports.tree.list(`/root/${FOLDER}`) ?? []).filter((name) => !name.startsWith("."));
  return new Map(
    names.sort().map((name) => [name, ports.tree.readText(`/root/${FOLDER}/${name}`)]),
  );
}

for (const { what, move, links } of WAYS) {
  for (const kind of FAULTS) {
    test(`applyAdd() ${what} and loses no file when a change is ${kind}, at every change`, async () => {
      let at = 0;
      for (let isComplete = false; !isComplete;) {
        const ports = createSource(links);
        const run = await runWithFault(ports, { kind, at: ++at }, () => add(ports, move));
        isComplete = run.isComplete;

        const version = versionOf(ports);
        if (version.size > 0) assert.deepEqual(version, STORED, `change ${at}: half a version`);
        const sources = [...SOURCES].filter(([path, content]) =>
          ports.tree.files().get(path) === content
        );
        const isWhole = sources.length === SOURCES.size;
        assert.ok(isWhole || (move && version.size > 0), `change ${at}: a file is lost`);
        if (kind === "full" || kind === "denied") {
          const hidden = [...ports.tree.files().keys()].filter((path) =>
            path.includes("/.import-")
          );
          assert.deepEqual(hidden, [], `change ${at}: something is left behind`);
        }
        // Sources go last, so that what is not done yet can be done again from them
        if (isWhole) await finish(ports, move);
        assertPublished(ports, `change ${at}`);
      }
      assert.ok(at > 15, `only ${at} changes were tried`);
    });
  }
}

/** Adds again as an operator would, two hours later. */
async function finish(ports: AddTestPorts, move: boolean): Promise<void> {
  ports.clock.time = new Date(ports.clock.time.getTime() + 2 * 60 * 60 * 1000);
  const isDone = versionOf(ports).size > 0;
  await add(ports, move).catch((error) => {
    // A copy that was complete to its end is no work to finish
    if (!isDone || error.code !== "EXISTS") throw error;
  });
}

function assertPublished(ports: AddTestPorts, context: string): void {
  assert.deepEqual(versionOf(ports), STORED, context);
  const { products } = publishedImages(ports);
  const version = products["debian:12:amd64:default"]?.versions["20240102_03:04"];
  assert.deepEqual(Object.keys(version?.items ?? {}), [
    "incus.tar.xz",
    "lxd.tar.xz",
    "root.squashfs",
  ], context);
  assert.equal(ports.tree.readText(SETTINGS), "aliases:\n  add:\n    - bookworm\n", context);
}

test("applyAdd() refuses a file that changes while it is copied, and leaves nothing", async () => {
  const ports = createSource(true);
  const { copyFile } = ports.tree;
  ports.tree.copyFile = async (from, to) => {
    await copyFile.call(ports.tree, from, to);
    if (from === "/source/b") {
      ports.tree.put("/source/b", "hsqs root, and more of it", { mtimeMs: 1 });
    }
  };
  await assert.rejects(add(ports, false), {
    code: "REFUSED",
    message: /^Cannot copy "\/source\/b": it changed meanwhile, expected a file that is complete/,
  });
  const left = [...ports.tree.files().keys()].filter((path) => path.startsWith("/root/images"));
  assert.deepEqual(left, []);
});

test("applyAdd() publishes its own product alone, and tells what became of it", async () => {
  const ports = createSource(true);
  await add(ports, false);
  ports.tree.put("/root/images/other/1/amd64/default/20240101/incus.tar.xz", "other");
  ports.tree.put("/root/images/other/1/amd64/default/20240101/root.squashfs", "other");
  ports.tree.put("/source/c", metadataText({ variant: "cloud" }));
  ports.tree.put("/source/d", "hsqs cloud");
  const plan = await planAdd(ports, { root: "/root", files: ["/source/c", "/source/d"] });
  const { images, findings } = await applyAdd(ports, plan, { concurrency: 1 });
  assert.deepEqual(images.map(({ product, type }) => [product, type]), [
    ["debian:12:amd64:cloud", "container"],
  ]);
  assert.deepEqual(findings, []);
  assert.deepEqual(Object.keys(publishedImages(ports).products), [
    "debian:12:amd64:cloud",
    "debian:12:amd64:default",
  ]);
});

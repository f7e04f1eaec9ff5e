import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import type { MemoryTree } from "../../core/adapters/memory.ts";
import { createNodeReader } from "../../core/adapters/node.ts";
import { createYamlReader } from "../../core/adapters/yaml_reader.ts";
import { FormatError } from "../../core/errors.ts";
import type { ClientKind } from "../../core/format/model.ts";
import { readLevelRequirements } from "../../core/level_requirements.ts";
import { choice, createLevelPorts } from "../support/levels.ts";
import {
  createMemoryPorts,
  publishedImages,
  publishRoot,
  putImage,
} from "../support/memory_ports.ts";

const top = mkdtempSync(`${tmpdir()}/simplestreams-levels-`);
after(() => rmSync(top, { recursive: true }));

test("readLevelRequirements() has no own requirements, and those from above, when there is no file", async () => {
  const { tree } = createLevelPorts();
  assert.deepEqual(await read(tree, "debian/12"), { own: null, effective: {} });
  tree.put("/root/images/debian/.requirements", '{"nesting": true}');
  assert.deepEqual(await read(tree, "debian/12"), { own: null, effective: { nesting: "true" } });
});

test("readLevelRequirements() merges the levels down to this one, the deeper wins", async () => {
  const { tree } = createLevelPorts();
  tree.put("/root/images/debian/.requirements", '{"secureboot": 1, "nesting": true}');
  tree.put("/root/images/debian/12/.requirements", '{"secureboot": false, "cgroup": "v1"}');
  tree.put("/root/images/debian/12/amd64/.requirements", '{"nesting": false}');
  assert.deepEqual(await read(tree, "debian/12"), {
    own: { cgroup: "v1", secureboot: "false" },
    effective: { cgroup: "v1", nesting: "true", secureboot: "false" },
  });
  assert.deepEqual((await read(tree, "debian")).effective, { nesting: "true", secureboot: "1" });
});

test("readLevelRequirements() gives LXD what Incus has until there is a file for LXD, an empty one too", async () => {
  const { tree } = createLevelPorts();
  tree.put("/root/images/debian/.requirements", '{"nesting": true}');
  assert.deepEqual(await read(tree, "debian/12", "lxd"), {
    own: null,
    effective: { nesting: "true" },
  });
  tree.put("/root/images/debian/12/.lxd_requirements", "{}");
  assert.deepEqual(await read(tree, "debian/12", "lxd"), { own: {}, effective: {} });
  assert.deepEqual((await read(tree, "debian", "lxd")).effective, { nesting: "true" });
});

test("readLevelRequirements() says of a variant what is published of its product", async () => {
  const ports = createMemoryPorts();
  putImage(ports, "images/debian/12/amd64/default/20240101", "a");
  ports.tree.put("/root/images/debian/.requirements", '{"secureboot": 1, "nesting": true}');
  ports.tree.put("/root/images/debian/12/amd64/.lxd_requirements", '{"cgroup": "v2"}');
  ports.tree.put("/root/images/debian/12/amd64/default/.requirements", '{"nesting": 0}');
  await publishRoot(ports);
  const product = publishedImages(ports).products["debian:12:amd64:default"];
  const level = "debian/12/amd64/default";
  assert.deepEqual((await read(ports.tree, level)).effective, product.requirements);
  assert.deepEqual((await read(ports.tree, level, "lxd")).effective, product.lxd_requirements);
});

test("readLevelRequirements() throws NOT_FOUND that names the folder when it is no folder", async () => {
  const { tree } = createLevelPorts();
  for (const names of ["debian/13", "debian/12/readme", "ubuntu/24.04/amd64/default"]) {
    await assert.rejects(() => read(tree, names), (error: Error) => {
      assert.ok("code" in error && error.code === "NOT_FOUND");
      assert.ok(error.message.includes(`"images/${names}"`), error.message);
      return true;
    });
  }
});

test("readLevelRequirements() throws a FormatError when its file or one above it is broken", async () => {
  for (
    const [path, client] of [
      ["debian/12/.requirements", "incus"],
      ["debian/.requirements", "incus"],
      ["debian/.lxd_requirements", "incus"],
      ["debian/12/.lxd_requirements", "lxd"],
    ] as const
  ) {
    const { tree } = createLevelPorts();
    tree.put(`/root/images/${path}`, '{"nesting": null}');
    await assert.rejects(() => read(tree, "debian/12", client), (error) => {
      assert.ok(error instanceof FormatError);
      assert.deepEqual(error.where, { path: `images/${path}`, line: 1, column: 13 });
      return true;
    });
  }
});

test("readLevelRequirements() is not concerned with broken files below or beside the level", async () => {
  const { tree } = createLevelPorts();
  tree.put("/root/images/debian/12/amd64/.requirements", "{");
  tree.put("/root/images/debian/13/.requirements", "{");
  assert.deepEqual((await read(tree, "debian/12")).own, null);
});

test("readLevelRequirements() finds no level that a link takes out of the root, unless it may", async () => {
  const [root, outside] = [mkdtempSync(`${top}/root-`), mkdtempSync(`${top}/root-`)];
  mkdirSync(`${root}/images/debian/12`, { recursive: true });
  mkdirSync(`${outside}/jammy`);
  writeFileSync(`${outside}/jammy/.requirements`, '{"nesting": true}');
  symlinkSync("12", `${root}/images/debian/stable`);
  symlinkSync(outside, `${root}/images/ubuntu`);
  symlinkSync(`${root}/images/debian`, `${outside}/back`);
  // A folder whose name starts as the root's does is outside of it too.
  mkdirSync(`${root}-not`);
  symlinkSync(`${root}-not`, `${root}/images/near`);
  symlinkSync(`${top}/nothing`, `${root}/images/dangling`);
  symlinkSync(root, `${top}/link-to-root`);
  const ports = { reader: createNodeReader(), yaml: createYamlReader() };

  for (const served of [root, `${top}/link-to-root`]) {
    for (const names of ["debian/12", "debian/stable", "ubuntu/back"]) {
      const found = await readLevelRequirements(ports, served, choice(names));
      assert.deepEqual(found, { own: null, effective: {} }, names);
    }
    for (const names of ["ubuntu", "ubuntu/jammy", "near", "dangling"]) {
      await assert.rejects(() => readLevelRequirements(ports, served, choice(names)), {
        code: "NOT_FOUND",
      }, names);
    }
  }
  const followed = { ...choice("ubuntu/jammy"), followLinks: true };
  assert.deepEqual((await readLevelRequirements(ports, root, followed)).own, { nesting: "true" });
});

function read(tree: MemoryTree, names: string, client?: ClientKind) {
  const ports = { reader: tree, yaml: createYamlReader() };
  return readLevelRequirements(ports, "/root", choice(names, client));
}

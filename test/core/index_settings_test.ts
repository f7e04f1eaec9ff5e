import assert from "node:assert/strict";
import { test } from "node:test";
import { BadFilesError } from "../../core/errors.ts";
import { parseSelection } from "../../core/selection.ts";
import {
  createMemoryPorts,
  type MemoryPorts,
  publishedImages,
  publishRoot,
  putImage,
} from "../support/memory_ports.ts";

const PRODUCT = "images/debian/12/amd64/default";
const ID = "debian:12:amd64:default";

test("indexTree() publishes what image.yaml says at each level", async () => {
  const ports = tree({
    "images/debian/image.yaml": "os: Debian\nrequirements: {nesting: true, cgroup: v1}\n",
    "images/debian/12/image.yaml":
      "release_title: Bookworm\nrelease_codename: bookworm\nsupport_eol: 2028-06-30\n",
    "images/debian/12/amd64/image.yaml": "version: 12.5\nrequirements: {cgroup: v2}\n",
    [`${PRODUCT}/image.yaml`]: "supported: true\naliases: [stable]\n",
    [`${PRODUCT}/20240101/image.yaml`]: "label: release\n",
  });
  const { result } = await publishRoot(ports);
  assert.deepEqual(result.findings, []);
  const { versions, ...product } = publishedImages(ports).products[ID];
  assert.deepEqual(product, {
    aliases: "debian/12/default,debian/12,stable",
    arch: "amd64",
    lxd_requirements: { cgroup: "v2", nesting: "true" },
    os: "Debian",
    release: "12",
    release_codename: "bookworm",
    release_title: "Bookworm",
    requirements: { cgroup: "v2", nesting: "true" },
    support_eol: "2028-06-30",
    supported: true,
    variant: "default",
    version: "12.5",
  });
  assert.equal(versions["20240101"].label, "release");
});

test("indexTree() takes a product's settings from its newest version, and each label from its own", async () => {
  const ports = tree({
    [`${PRODUCT}/20240101/image.yaml`]: "label: old\nversion: 1\nrequirements: {nesting: true}\n",
    [`${PRODUCT}/20240102/image.yaml`]: "label: new\nversion: 2\n",
  });
  putImage(ports, `${PRODUCT}/20240102`, "new");
  await publishRoot(ports);
  const product = publishedImages(ports).products[ID];
  assert.equal(product.version, "2");
  assert.deepEqual(product.requirements, {});
  assert.equal(product.versions["20240101"].label, "old");
  assert.equal(product.versions["20240102"].label, "new");
});

test("indexTree() lets .requirements of a level count more than its image.yaml, and less than a deeper one", async () => {
  const ports = tree({
    "images/debian/image.yaml": "requirements: {nesting: a, cgroup: a, secureboot: a}\n",
    "images/debian/.requirements": '{"nesting": "b", "cgroup": "b"}',
    "images/debian/12/image.yaml": "requirements: {nesting: c}\n",
  });
  await publishRoot(ports);
  assert.deepEqual(publishedImages(ports).products[ID].requirements, {
    cgroup: "b",
    nesting: "c",
    secureboot: "a",
  });
});

test("indexTree() gives LXD what lxd_requirements of an image.yaml say", async () => {
  const ports = tree({
    "images/debian/image.yaml": "requirements: {nesting: true}\nlxd_requirements: {}\n",
  });
  await publishRoot(ports);
  const product = publishedImages(ports).products[ID];
  assert.deepEqual(product.requirements, { nesting: "true" });
  assert.deepEqual(product.lxd_requirements, {});
});

test("indexTree() applies the rules of simplestream-maintainer to the products that they are for", async () => {
  const ports = tree({
    "images/debian/image.yaml": `simplestream:
  requirements:
    - {requirements: {secureboot: "false"}, architectures: [x86_64]}
    - {requirements: {nesting: "true"}, variants: [cloud]}
`,
  });
  putImage(ports, "images/debian/12/arm64/cloud/20240101", "other");
  await publishRoot(ports);
  const { products } = publishedImages(ports);
  assert.deepEqual(products[ID].requirements, { secureboot: "false" });
  assert.deepEqual(products["debian:12:arm64:cloud"].requirements, { nesting: "true" });
});

test("indexTree() writes nothing when settings are bad, and names them all", async () => {
  const ports = tree({
    "images/debian/image.yaml": "os: [a]\n",
    "images/debian/12/.requirements": "{",
  });
  await assert.rejects(() => publishRoot(ports), (error) => {
    assert.ok(error instanceof BadFilesError);
    assert.deepEqual(error.errors.map(({ where }) => where), [
      { path: "images/debian/image.yaml", line: 1, column: 5 },
      { path: "images/debian/12/.requirements", line: 1, column: 2 },
    ]);
    return true;
  });
  assert.equal(ports.tree.stat("/root/streams"), undefined);
});

test("indexTree() reads no image when the settings of a version are bad", async () => {
  const ports = tree({ [`${PRODUCT}/20240101/image.yaml`]: "supported: maybe\n" });
  await assert.rejects(() => publishRoot(ports), (error) => {
    assert.ok(error instanceof BadFilesError);
    assert.deepEqual(error.errors[0]?.where.path, `${PRODUCT}/20240101/image.yaml`);
    return true;
  });
  assert.deepEqual(ports.hasher.read, []);
});

test("indexTree() notices each change of an image.yaml, and nothing else", async () => {
  const ports = tree({ [`${PRODUCT}/20240101/image.yaml`]: "label: a\n" });
  await publishRoot(ports);
  const unchanged = await publishRoot(ports);
  assert.ok(unchanged.result.documents.every(({ changed }) => !changed));
  ports.tree.put(`/root/${PRODUCT}/20240101/image.yaml`, "label: b\n", { mtimeMs: 1 });
  await publishRoot(ports);
  assert.equal(publishedImages(ports).products[ID].versions["20240101"].label, "b");
  ports.tree.put("/root/images/debian/image.yaml", "os: Debian\n");
  await publishRoot(ports);
  assert.equal(publishedImages(ports).products[ID].os, "Debian");
  ports.tree.removeFile("/root/images/debian/image.yaml");
  await publishRoot(ports);
  assert.equal(publishedImages(ports).products[ID].os, "debian");
});

test("indexTree() with products sees the settings above them", async () => {
  const ports = tree({});
  putImage(ports, "images/alpine/3/amd64/default/20240101", "other");
  await publishRoot(ports);
  ports.tree.put("/root/images/debian/image.yaml", "os: Debian\nfoo: bar\n");
  const { result } = await publishRoot(ports, { products: parseSelection(["debian:12"]) });
  assert.equal(publishedImages(ports).products[ID].os, "Debian");
  assert.deepEqual(result.findings.map(({ code, path }) => [code, path]), [
    ["SETTING_UNKNOWN", "images/debian/image.yaml"],
  ]);
});

test("indexTree() with products looks at all when one wants an alias that another has by its settings", async () => {
  const ports = tree({ [`${PRODUCT}/image.yaml`]: "aliases: [stable]\n" });
  putImage(ports, "images/alpine/3/amd64/default/20240101", "other");
  await publishRoot(ports);
  ports.tree.put("/root/images/alpine/image.yaml", "aliases: [stable]\n");
  const { result } = await publishRoot(ports, { products: parseSelection(["alpine"]) });
  assert.equal(result.scope, "all");
  assert.deepEqual(result.findings.map(({ code, path }) => [code, path]), [
    ["ALIAS_TAKEN", PRODUCT],
  ]);
  const { products } = publishedImages(ports);
  assert.match(products["alpine:3:amd64:default"].aliases, /stable/);
  assert.doesNotMatch(products[ID].aliases, /stable/);
});

test("indexTree() tells of a newest version's settings that do nothing, each time", async () => {
  const ports = tree({ [`${PRODUCT}/20240101/image.yaml`]: "lable: a\n" });
  const other = "images/debian/13/amd64/default";
  putImage(ports, `${other}/20240101`, "other");
  const first = await publishRoot(ports);
  putImage(ports, `${other}/20240102`, "another");
  const second = await publishRoot(ports);
  for (const { result } of [first, second]) {
    assert.deepEqual(result.findings.map(({ code, path }) => [code, path]), [
      ["SETTING_UNKNOWN", `${PRODUCT}/20240101/image.yaml`],
    ]);
  }
});

test("indexTree() reports settings beside the os folders", async () => {
  const ports = tree({ "images/image.yaml": "os: x\n" });
  const { result } = await publishRoot(ports);
  assert.deepEqual(result.findings.map(({ code, path }) => [code, path]), [
    ["SETTINGS_MISPLACED", "images/image.yaml"],
  ]);
});

test("indexTree() publishes a version whose SHA256SUMS lists every file as it is", async () => {
  const ports = tree({});
  // sha256sum of "metadata a" and "root a"
  ports.tree.put(`/root/${PRODUCT}/20240101/SHA256SUMS`, SUMS, { mtimeMs: 0 });
  const { result } = await publishRoot(ports);
  assert.deepEqual(result.findings, []);
  assert.equal(result.counts.versions, 1);
});

test("indexTree() leaves out a version when a file is not in its SHA256SUMS or differs, until it is mended", async () => {
  const ports = tree({});
  putImage(ports, `${PRODUCT}/20240102`, "b");
  ports.tree.put(`/root/${PRODUCT}/20240102/SHA256SUMS`, SUMS, { mtimeMs: 0 });
  const expected = [
    ["CHECKSUM_WRONG", `${PRODUCT}/20240102/incus.tar.xz`],
    ["CHECKSUM_WRONG", `${PRODUCT}/20240102/root.squashfs`],
  ];
  for (let run = 0; run < 2; run++) {
    const { result } = await publishRoot(ports);
    assert.deepEqual(result.findings.map(({ code, path }) => [code, path]), expected);
    assert.deepEqual(Object.keys(publishedImages(ports).products[ID].versions), ["20240101"]);
  }
  ports.tree.put(`/root/${PRODUCT}/20240102/SHA256SUMS`, "", { mtimeMs: 1 });
  const missing = await publishRoot(ports);
  assert.deepEqual(missing.result.findings.map(({ code }) => code), [
    "CHECKSUM_MISSING",
    "CHECKSUM_MISSING",
  ]);
  ports.tree.removeFile(`/root/${PRODUCT}/20240102/SHA256SUMS`);
  const { result } = await publishRoot(ports);
  assert.deepEqual(result.findings, []);
  assert.equal(result.counts.versions, 2);
});

const SUMS =
  "020c6dca101cd4a96df04ded9b79ab71e047c77c310a1f8a7d9df220c61cbee4  incus.tar.xz\n9b0fbf23a3dee125fb975a8bc4f93c3e9b09dc3e336ac7c36df25f4eb4620593  root.squashfs\n";

function tree(files: Readonly<Record<string, string>>): MemoryPorts {
  const ports = createMemoryPorts();
  putImage(ports, `${PRODUCT}/20240101`, "a");
  for (const [path, content] of Object.entries(files)) {
    ports.tree.put(`/root/${path}`, content, { mtimeMs: 0 });
  }
  return ports;
}

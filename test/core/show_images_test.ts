import assert from "node:assert/strict";
import { test } from "node:test";
import { readPublishedCatalog } from "../../core/published_catalog.ts";
import { showImages } from "../../core/show_images.ts";
import {
  createMemoryPorts,
  type MemoryPorts,
  publishRoot,
  putImage,
} from "../support/memory_ports.ts";
import { container, digest, foreignDocument, product } from "../support/published.ts";

const ID = "debian:12:amd64:default";
const FOLDER = "images/debian/12/amd64/default";

async function publishedPorts(): Promise<MemoryPorts> {
  const ports = createMemoryPorts();
  putImage(ports, `${FOLDER}/20240101`, "old");
  putImage(ports, `${FOLDER}/20240102`, "new");
  putImage(ports, "images/other/1/amd64/default/20240101", "other");
  ports.tree.put("/root/images/debian/.requirements", '{"nesting": true, "cgroup": "v1"}');
  ports.tree.put("/root/images/debian/12/.requirements", '{"cgroup": "v2"}');
  await publishRoot(ports);
  return ports;
}

function show(ports: MemoryPorts, name: string) {
  const catalog = readPublishedCatalog(ports.reader, "/root") ?? assert.fail();
  return showImages(ports, "/root", { catalog, name, concurrency: 1 });
}

test("showImages() has all of a product", async () => {
  const { products, findings, changes, ...rest } = await show(await publishedPorts(), ID);
  assert.deepEqual(rest, { name: ID });
  assert.deepEqual([findings, changes], [[], []]);
  const [shown, ...others] = products;
  assert.deepEqual(others, []);
  assert.deepEqual(shown?.aliases, ["debian/12/default", "debian/12"]);
  assert.deepEqual(shown?.images.map(({ version }) => version), ["20240102", "20240101"]);
  assert.deepEqual(shown?.images.map(({ aliases }) => aliases.length), [2, 0]);
  assert.deepEqual(shown?.images[1]?.files.map(({ path }) => path), [
    `${FOLDER}/20240101/incus.tar.xz`,
    `${FOLDER}/20240101/root.squashfs`,
  ]);
});

test("showImages() has what image.yaml says, and names it as where a requirement comes from", async () => {
  const ports = await publishedPorts();
  ports.tree.put(
    "/root/images/debian/12/image.yaml",
    "release_title: Bookworm\nsupport_eol: 2028-06-30\nsupported: false\nrequirements: {cgroup: v3}\n",
  );
  ports.tree.put(`/root/${FOLDER}/20240102/image.yaml`, "label: beta\n");
  await publishRoot(ports);
  const [shown] = (await show(ports, ID)).products;
  assert.deepEqual(
    [shown?.release_title, shown?.support_eol, shown?.supported, shown?.version],
    ["Bookworm", "2028-06-30", false, undefined],
  );
  assert.deepEqual(shown?.images.map(({ label }) => label), ["beta", undefined]);
  assert.deepEqual(shown.requirements.map(({ key, value }) => [key, value]), [
    ["cgroup", "v2"],
    ["nesting", "true"],
  ]);
  ports.tree.removeFile("/root/images/debian/12/.requirements");
  await publishRoot(ports);
  const [again] = (await show(ports, ID)).products;
  assert.deepEqual(again?.requirements[0], {
    key: "cgroup",
    value: "v3",
    file: "images/debian/12/image.yaml",
  });
});

test("showImages() has the images alone that an alias leads to", async () => {
  const { products } = await show(await publishedPorts(), "debian/12");
  const versions = products.map(({ images }) => images.map(({ version }) => version));
  assert.deepEqual(versions, [["20240102"]]);
});

test("showImages() names the deepest file that a requirement comes from", async () => {
  const { products } = await show(await publishedPorts(), ID);
  const expected = [
    { key: "cgroup", value: "v2", file: "images/debian/12/.requirements" },
    { key: "nesting", value: "true", file: "images/debian/.requirements" },
  ];
  assert.deepEqual(products[0]?.requirements, expected);
  assert.deepEqual(products[0]?.lxd_requirements, expected);
});

test("showImages() names LXD's files for LXD where there are some", async () => {
  const ports = await publishedPorts();
  ports.tree.put("/root/images/debian/.lxd_requirements", '{"secureboot": "false"}');
  await publishRoot(ports);
  const [shown] = (await show(ports, ID)).products;
  assert.deepEqual(shown?.lxd_requirements, [
    { key: "secureboot", value: "false", file: "images/debian/.lxd_requirements" },
  ]);
  assert.equal(shown?.requirements.length, 2);
});

test("showImages() names no file for a requirement that the tree has no more", async () => {
  const ports = await publishedPorts();
  ports.tree.put("/root/images/debian/12/.requirements", '{"cgroup": "v3"}');
  const { products, changes } = await show(ports, ID);
  assert.deepEqual(products[0]?.requirements[0], { key: "cgroup", value: "v2" });
  assert.deepEqual(changes, [`changed ${ID}`]);
});

test("showImages() has findings and changes of what is shown, and of nothing else", async () => {
  const ports = await publishedPorts();
  putImage(ports, `${FOLDER}/20240103`, "newest");
  ports.tree.put(`/root/${FOLDER}/yesterday/incus.tar.xz`, "metadata");
  putImage(ports, "images/other/1/amd64/default/20240102", "other new");
  ports.tree.put("/root/images/other/1/amd64/default/tomorrow/incus.tar.xz", "metadata");
  const { findings, changes } = await show(ports, ID);
  assert.deepEqual(findings.map(({ path }) => path), [`${FOLDER}/yesterday`]);
  assert.deepEqual(changes, [`added ${ID}@20240103`]);
});

test("showImages() leaves out other products of which the whole tree had to be looked at", async () => {
  const ports = await publishedPorts();
  // The bytes of the other product's version, which would lose its fingerprint
  putImage(ports, `${FOLDER}/20240103`, "other");
  const { findings, changes } = await show(ports, ID);
  assert.deepEqual([findings, changes], [[], [`added ${ID}@20240103`]]);
  const all = await publishRoot(ports, { write: false });
  assert.ok(all.result.findings.some(({ code }) => code === "FINGERPRINT_TAKEN"));
  assert.deepEqual(all.result.changes.removed, ["other:1:amd64:default@20240101"]);
});

test("showImages() writes nothing", async () => {
  const ports = await publishedPorts();
  const before = ports.tree.readText("/root/streams/v1/images.json");
  putImage(ports, `${FOLDER}/20240103`, "newest");
  await show(ports, ID);
  assert.equal(ports.tree.readText("/root/streams/v1/images.json"), before);
  assert.deepEqual(ports.tree.list(`/root/${FOLDER}/20240103`)?.toSorted(), [
    "incus.tar.xz",
    "root.squashfs",
  ]);
});

test("showImages() says why it could not look at the tree for an id that no folder has", async () => {
  const ports = createMemoryPorts();
  const id = "a:1:amd64:default:more";
  const document = foreignDocument({
    [id]: product(id, { "20240101": container("a", digest("1")) }),
  });
  ports.tree.put("/root/streams/v1/images.json", new TextDecoder().decode(document));
  const { products, unchecked } = await show(ports, id);
  assert.equal(products[0]?.images.length, 1);
  assert.match(unchecked ?? "", /it has 5 names/);
});

test("showImages() shows what is published where settings are broken, and says so", async () => {
  const ports = await publishedPorts();
  ports.tree.put("/root/images/debian/12/.requirements", "{bad");
  const { products, unchecked } = await show(ports, ID);
  assert.match(unchecked ?? "", /debian\/12\/\.requirements" at line 1/);
  assert.deepEqual(products[0]?.requirements, [
    { key: "cgroup", value: "v2" },
    { key: "nesting", value: "true" },
  ]);
  assert.equal(products[0]?.images.length, 2);
});

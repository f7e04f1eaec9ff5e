import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createMemoryPorts, type MemoryPorts } from "../support/memory_ports.ts";
import { container, digest, item, product } from "../support/published.ts";
import { documentsOf, listedPaths, prune, remove, wait } from "../support/pruned_root.ts";

const ID = "debian:12:amd64:default";
const FOLDER = "images/debian/12/amd64/default";

/** Publishes documents of other makers, stream name to products, and makes the files that they name. */
function foreignRoot(
  streams: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  space?: number,
): MemoryPorts {
  const ports = createMemoryPorts();
  const index: Record<string, unknown> = {};
  for (const [name, products] of Object.entries(streams)) {
    const path = `streams/v1/${name}.json`;
    const document = { format: "products:1.0", license: "\u00e9", products, updated: "now" };
    index[name] = { datatype: "image-downloads", path, products: Object.keys(products) };
    ports.tree.put(`/root/${path}`, JSON.stringify(document, null, space));
    for (const file of listedPaths(ports, name)) ports.tree.put(`/root/${file}`, file);
  }
  ports.tree.put("/root/streams/v1/index.json", JSON.stringify({ index, format: "index:1.0" }));
  return ports;
}

describe("pruneTree() of documents of other makers", () => {
  test("leaves every other byte as it was", async () => {
    const versions = (names: readonly string[]) => ({
      ...product(
        ID,
        Object.fromEntries(
          names.map((name) => [name, container(`${FOLDER}/${name}`, digest(name.slice(-1)))]),
        ),
      ),
      unknown: { "2": 1, "1": [1.5, null] },
    });
    const ports = foreignRoot({ images: { [ID]: versions(["20240101", "20240102"]) } }, 2);
    await prune(ports, { keep: 1 });
    const expected = foreignRoot({ images: { [ID]: versions(["20240102"]) } }, 2);
    assert.deepEqual(documentsOf(ports), documentsOf(expected));
  });

  test("withdraws files one by one where all versions share a folder", async () => {
    const flat = (seed: string) => ({
      metadata: item("images", "incus.tar.xz", {
        path: `images/${seed}.incus.tar.xz`,
        combined_squashfs_sha256: digest(seed),
      }),
      root: item("images", "squashfs", { path: "images/shared.squashfs" }),
      disk: item("images", "squashfs", { path: `images/${seed}.squashfs` }),
    });
    const ports = foreignRoot({
      images: {
        "d:12:default:amd64": product("d:12:default:amd64", {
          "202401010000": flat("a"),
          "202401020000": flat("b"),
        }),
      },
    });
    const { wait: waiting } = await prune(ports, { keep: 1 });
    assert.deepEqual(waiting.map(({ path }) => path), [
      "images/a.incus.tar.xz",
      "images/a.squashfs",
    ]);
    wait(ports, 90);
    await prune(ports);
    assert.deepEqual(
      [...ports.tree.files().keys()].filter((path) => path.startsWith("/root/images/")),
      ["/root/images/b.incus.tar.xz", "/root/images/b.squashfs", "/root/images/shared.squashfs"],
    );
  });

  test("keeps a folder in which another document names a file", async () => {
    const [old, now] = ["20240101", "20240102"];
    const both = product(ID, {
      [old]: container(`${FOLDER}/${old}`, digest("a")),
      [now]: container(`${FOLDER}/${now}`, digest("b")),
    });
    const borrowed = product(ID, { [old]: container(`${FOLDER}/${old}`, digest("a")) });
    const ports = foreignRoot({ images: { [ID]: both }, daily: { [ID]: borrowed } });
    const { withdraw, wait: waiting } = await prune(ports, { keep: 1 });
    assert.equal(withdraw.length, 1);
    assert.deepEqual(waiting, []);
  });

  test("takes a delta out with its base, and its file", async () => {
    const [old, now] = ["20240101", "20240102"];
    const folder = `${FOLDER}/${now}`;
    const delta = item(folder, "squashfs.vcdiff", { delta_base: old, path: `${folder}/a.vcdiff` });
    const versions = (deltas: Readonly<Record<string, unknown>>) =>
      product(ID, {
        ...deltas["delta"] ? { [old]: container(`${FOLDER}/${old}`, digest("a")) } : {},
        [now]: { ...container(folder, digest("b")), ...deltas },
      });
    const ports = foreignRoot({ images: { [ID]: versions({ delta }) } });
    const { withdraw, wait: waiting } = await prune(ports, { keep: 1 });
    assert.deepEqual(withdraw.map(({ version, items, why }) => [version, items, why]), [
      [old, undefined, "there is a newer one, and 1 is kept"],
      [now, ["delta"], "its base 20240101 leaves"],
    ]);
    assert.deepEqual(waiting.map(({ path }) => path), [`${FOLDER}/${old}`, `${folder}/a.vcdiff`]);
    assert.deepEqual(
      documentsOf(ports),
      documentsOf(foreignRoot({ images: { [ID]: versions({}) } })),
    );
  });

  test("takes deltas out that lead to or from the root of a removed image", async () => {
    const names = ["20240101", "20240102", "20240103"];
    const rootTar = (folder: string) => ({
      tar: item(folder, "root.tar.xz", { path: `${folder}/root.tar.xz` }),
    });
    const versions = names.map((name, place) => {
      const folder = `${FOLDER}/${name}`;
      const items = container(folder, digest(String(place)));
      const metadata = { ...items["incus.tar.xz"], combined_rootxz_sha256: digest("f") };
      const base = names[place - 1];
      const delta = item(folder, "squashfs.vcdiff", {
        delta_base: base,
        path: `${folder}/d.vcdiff`,
      });
      return [name, {
        ...{ ...items, "incus.tar.xz": metadata, ...rootTar(folder) },
        ...base === undefined ? {} : { delta },
      }];
    });
    const ports = foreignRoot({ images: { [ID]: product(ID, Object.fromEntries(versions)) } });
    const { withdraw } = await remove(ports, digest("1"));
    assert.deepEqual(withdraw.map(({ version, items }) => [version, items]), [
      ["20240102", ["delta", "root.squashfs"]],
      ["20240103", ["delta"]],
    ]);
  });

  test("reads a path in any case, and with empty names and dots in it", async () => {
    const [old, now] = ["20240101", "20240102"];
    const ports = foreignRoot({
      images: {
        [ID]: {
          ...product(ID, {
            [old]: container(`${FOLDER}/${old}`, digest("a")),
            [now]: container(`${FOLDER}/${now}`, digest("b")),
          }),
          other: { PATH: `${FOLDER}//x/../${old}/root.squashfs` },
        },
      },
    });
    const { wait: waiting } = await prune(ports, { keep: 1 });
    assert.deepEqual(waiting.map(({ path }) => path), [`${FOLDER}/${old}/incus.tar.xz`]);
  });

  test("takes a unified image out, whoever sees it", async () => {
    const folder = `${FOLDER}/20240101`;
    const unified = (client: string) =>
      item(folder, `${client}_combined.tar.gz`, {
        path: `${folder}/image.tar.gz`,
        sha256: digest("c"),
      });
    const ports = foreignRoot({
      images: {
        [ID]: product(ID, {
          "20240101": {
            ...container(folder, digest("a")),
            incus: unified("incus"),
            lxd: unified("lxd"),
          },
        }),
      },
    });
    const { withdraw, wait: waiting } = await remove(ports, digest("c"));
    assert.deepEqual(withdraw.map(({ items, fingerprints }) => [items, fingerprints]), [
      [["incus", "lxd"], [digest("c")]],
    ]);
    assert.deepEqual(waiting.map(({ path }) => path), [`${folder}/image.tar.gz`]);
  });

  test("looks for orphans in the folders of every stream, and in no other", async () => {
    const [folder, other] = [`${FOLDER}/20240101`, "daily/debian/12/amd64/default/20240101"];
    const ports = foreignRoot({
      images: { [ID]: product(ID, { "20240101": container(folder, digest("a")) }) },
      daily: { [ID]: product(ID, { "20240101": container(other, digest("b")) }) },
    });
    for (const path of [`${other}/notes`, "tls/key.pem", "index.html", "streams/v1/old.json"]) {
      ports.tree.put(`/root/${path}`, "x");
    }
    const { wait: waiting } = await prune(ports, { orphans: true });
    assert.deepEqual(waiting.map(({ path }) => path), [`${other}/notes`]);
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Item, TextMap, Version } from "../../core/format/model.ts";
import { dropTakenFingerprints } from "../../core/unique_fingerprints.ts";

type Fields = Readonly<Record<string, string>>;

const SQUASHFS = "combined_squashfs_sha256";
const ROOT_TAR = { combined_rootxz_sha256: "b".repeat(64), combined_sha256: "b".repeat(64) };
const A = "a".repeat(64);
const C = "c".repeat(64);

test("dropTakenFingerprints() changes nothing when all fingerprints differ", () => {
  const products = [
    product("debian", container("20240101", A), container("20240102", C)),
  ];
  assert.deepEqual(dropTakenFingerprints(products), { products, findings: [] });
});

test("dropTakenFingerprints() takes incus.tar.xz and its copy for LXD for one image each", () => {
  const version = versionOf("20240101", {
    "incus.tar.xz": { [SQUASHFS]: A },
    "lxd.tar.xz": { [SQUASHFS]: A },
  });
  const { findings } = dropTakenFingerprints([product("debian", version)]);
  assert.deepEqual(findings, []);
});

test("dropTakenFingerprints() keeps the newer of two versions with the same bytes", () => {
  const products = [product("debian", container("20240101", A), container("20240102", A))];
  assert.deepEqual(versionNames(products), [["20240102"]]);
});

test("dropTakenFingerprints() keeps the newer version whatever the order", () => {
  const products = [product("debian", container("20240102", A), container("20240101", A))];
  assert.deepEqual(versionNames(products), [["20240102"]]);
});

test("dropTakenFingerprints() keeps the newest of three", () => {
  const names = ["20240102", "20240103", "20240101"];
  const products = [product("debian", ...names.map((name) => container(name, A)))];
  assert.deepEqual(versionNames(products), [["20240103"]]);
});

test("dropTakenFingerprints() looks across products", () => {
  const products = [
    product("debian", container("20240102", A)),
    product("ubuntu", container("20240101", A), container("20240103", C)),
  ];
  assert.deepEqual(versionNames(products), [["20240102"], ["20240103"]]);
});

test("dropTakenFingerprints() keeps the first product's of two equally new versions", () => {
  const products = [
    product("debian", container("20240101", A)),
    product("ubuntu", container("20240101", A)),
  ];
  assert.deepEqual(versionNames(products), [["20240101"], []]);
});

test("dropTakenFingerprints() names each version that it takes an image from, and the winner", () => {
  const { findings } = dropTakenFingerprints([
    product("debian", ...["20240101", "20240102", "20240103"].map((name) => container(name, A))),
  ]);
  assert.deepEqual(findings.map(({ code, path }) => [code, path]).sort(), [
    ["FINGERPRINT_TAKEN", "images/debian/12/amd64/default/20240101"],
    ["FINGERPRINT_TAKEN", "images/debian/12/amd64/default/20240102"],
  ]);
  for (const { message } of findings) {
    assert.match(message, /debian\/12\/amd64\/default\/20240103/);
    assert.match(message, /a client could download neither/);
  }
});

test("dropTakenFingerprints() keeps a version's other image, without the root that is left out", () => {
  const older = versionOf("20240101", { "incus.tar.xz": { [SQUASHFS]: A, ...ROOT_TAR } });
  const { products } = dropTakenFingerprints([product("debian", older, container("20240102", A))]);
  const [kept] = products.flatMap(({ versions }) => versions);
  assert.deepEqual(kept?.items.map(({ key, combined }) => [key, combined]), [
    ["incus.tar.xz", new Map(Object.entries(ROOT_TAR))],
    ["root.tar.xz", new Map()],
  ]);
});

test("dropTakenFingerprints() takes a tarball's fingerprint away under both its names", () => {
  const older = versionOf("20240101", { "incus.tar.xz": { [SQUASHFS]: A, ...ROOT_TAR } });
  const newer = versionOf("20240102", { "incus.tar.xz": ROOT_TAR });
  const { products } = dropTakenFingerprints([product("debian", older, newer)]);
  const [kept] = products.flatMap(({ versions }) => versions);
  assert.deepEqual(kept?.items.map(({ key, combined }) => [key, combined]), [
    ["incus.tar.xz", new Map([[SQUASHFS, A]])],
    ["root.squashfs", new Map()],
  ]);
});

test("dropTakenFingerprints() lets images of two families of clients have one fingerprint", () => {
  const products = [
    product("debian", versionOf("20240101", { "incus.tar.xz": { [SQUASHFS]: A } })),
    product("ubuntu", versionOf("20240102", { "lxd.tar.xz": { [SQUASHFS]: A } })),
  ];
  assert.deepEqual(dropTakenFingerprints(products).findings, []);
});

test("dropTakenFingerprints() takes an image from the clients alone that see it twice", () => {
  const older = versionOf("20240101", {
    "incus.tar.xz": { [SQUASHFS]: A },
    "lxd.tar.xz": { [SQUASHFS]: C },
  });
  const newer = versionOf("20240102", { "incus.tar.xz": { [SQUASHFS]: A } });
  const { products } = dropTakenFingerprints([product("debian", older, newer)]);
  const [kept] = products.flatMap(({ versions }) => versions);
  assert.deepEqual(kept?.items.map(({ key }) => key), ["lxd.tar.xz", "root.squashfs"]);
});

test("dropTakenFingerprints() keeps one of two roots with the same bytes in one version", () => {
  const version = versionOf("20240101", {
    "incus.tar.xz": { [SQUASHFS]: A, combined_rootxz_sha256: A, combined_sha256: A },
  });
  const { products, findings } = dropTakenFingerprints([product("debian", version)]);
  const items = products.flatMap(({ versions }) => versions.flatMap((one) => one.items));
  assert.equal(items.filter(({ key }) => key.startsWith("root.")).length, 1);
  assert.equal(findings.length, 1);
});

test("dropTakenFingerprints() leaves the products that it was given as they are", () => {
  const products = [product("debian", container("20240101", A), container("20240102", A))];
  dropTakenFingerprints(products);
  assert.deepEqual(products, [
    product("debian", container("20240101", A), container("20240102", A)),
  ]);
});

function product(os: string, ...versions: readonly Version[]) {
  return { stream: "images", os, release: "12", arch: "amd64", variant: "default", versions };
}

function container(name: string, fingerprint: string): Version {
  return versionOf(name, { "incus.tar.xz": { [SQUASHFS]: fingerprint } });
}

/** A version with these metadata items, and a root for each field that one of them has. */
function versionOf(name: string, metadata: Readonly<Record<string, Fields>>): Version {
  const fields = new Set(Object.values(metadata).flatMap((combined) => Object.keys(combined)));
  const items = Object.entries(metadata).map(([key, combined]) =>
    itemOf(name, key, { ftype: key, combined: new Map(Object.entries(combined)) })
  );
  const none = new Map<string, string>();
  if (fields.has(SQUASHFS)) {
    items.push(itemOf(name, "root.squashfs", { ftype: "squashfs", combined: none }));
  }
  if (fields.has("combined_rootxz_sha256")) {
    items.push(itemOf(name, "root.tar.xz", { ftype: "root.tar.xz", combined: none }));
  }
  return { name, items };
}

function itemOf(
  version: string,
  key: string,
  rest: { readonly ftype: string; readonly combined: TextMap },
): Item {
  return { key, path: `x/${version}/${key}`, sizeBytes: 1, sha256: "0".repeat(64), ...rest };
}

function versionNames(products: readonly ReturnType<typeof product>[]) {
  return dropTakenFingerprints(products).products.map(({ versions }) =>
    versions.map(({ name }) => name)
  );
}

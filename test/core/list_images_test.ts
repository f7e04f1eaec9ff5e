import assert from "node:assert/strict";
import { test } from "node:test";
import { type ImageQuery, listAllImages, listImages } from "../../core/list_images.ts";
import { openPublishedCatalog } from "../../core/published_catalog.ts";
import { container, digest, disk, foreignDocument, item, product } from "../support/published.ts";

const AMD = "a:1:amd64:x";
const ARM = "a:1:arm64:x";
const LOONG = "b:1:loong64:x";
const UNKNOWN = "b:1:m68k:x";
const CATALOG = open({
  [LOONG]: product(LOONG, { "20240101": container("d", digest("4")) }),
  [UNKNOWN]: product(UNKNOWN, { "20240101": container("e", digest("5")) }),
  [ARM]: product(ARM, {
    "20240101": container("b", digest("2")),
    "20240102": disk("b", digest("3"), "lxd"),
  }),
  [AMD]: {
    ...product(AMD, {
      "20240101": container("a", digest("0")),
      "20240103": container("a", digest("1")),
    }),
    requirements: { nesting: "true" },
    lxd_requirements: { secureboot: "false" },
  },
  broken: null,
});

test("listImages() returns all images by product, the newest version first", () => {
  assert.deepEqual(marksOf(listImages(CATALOG)), ["1", "0", "3", "2", "4", "5"]);
});

test("listImages() has all fields of an image", () => {
  assert.deepEqual(listImages(CATALOG, { words: ["20240103"] }), [{
    ...{ product: AMD, os: "a", release: "1", arch: "amd64", variant: "x", version: "20240103" },
    fingerprint: digest("1"),
    type: "container",
    size: 3,
    aliases: ["a/1"],
    clients: ["incus", "lxd"],
    requirements: { nesting: "true" },
  }]);
});

for (const client of [undefined, "incus", "lxd"] as const) {
  test(`listAllImages() is listImages() for ${client ?? "no client"} but for its filter`, async () => {
    const all = await listAllImages({ turn: () => Promise.resolve() }, CATALOG, { client });
    const wanted = all.filter(({ clients, product }) =>
      client === undefined ||
      clients.includes(client) && product !== UNKNOWN && (client === "incus" || product !== LOONG)
    );
    assert.deepEqual(wanted, listImages(CATALOG, { client }));
    assert.equal(all.length, 6);
  });
}

test("listAllImages() lets others have their turn", async () => {
  const ids = Array.from({ length: 120 }, (_, number) => `a:${number}:amd64:x`);
  const catalog = open(Object.fromEntries(ids.map((id) => [id, product(id, {})])));
  let turns = 0;
  const turn = () => Promise.resolve(void turns++);
  await listAllImages({ turn }, catalog);
  assert.equal(turns, 2);
});

const QUERIES: readonly (readonly [string, ImageQuery, readonly string[]])[] = [
  ["an os", { os: "b" }, ["4", "5"]],
  ["an os in its own spelling alone", { os: "B" }, []],
  ["an architecture in any spelling", { arch: "x86_64" }, ["1", "0"]],
  ["a type", { type: "virtual-machine" }, ["3"]],
  ["what Incus sees", { client: "incus" }, ["1", "0", "2", "4"]],
  ["what LXD sees", { client: "lxd" }, ["1", "0", "3", "2"]],
  ["a word of an alias in another case", { words: ["A/1"] }, ["1", "3", "2"]],
  ["a word of an id", { words: ["loong"] }, ["4"]],
  ["a word of a version", { words: ["0102"] }, ["3"]],
  ["the beginning of a fingerprint", { words: ["000"] }, ["0"]],
  ["all of several words", { words: ["b:1", "m68k"] }, ["5"]],
];
for (const [what, query, marks] of QUERIES) {
  test(`listImages() filters by ${what}`, () => {
    assert.deepEqual(marksOf(listImages(CATALOG, query)), marks);
  });
}

test("listImages() has the requirements that the client reads", () => {
  const requirementsFor = (query: ImageQuery) => listImages(CATALOG, query)[0]?.requirements;
  assert.deepEqual(requirementsFor({ client: "incus" }), { nesting: "true" });
  assert.deepEqual(requirementsFor({ client: "lxd" }), { secureboot: "false" });
});

test("listImages() has LXD's requirements of an image that LXD alone finds", () => {
  const catalog = open({
    [AMD]: {
      ...product(AMD, { "20240101": disk("a", digest("1"), "lxd") }),
      lxd_requirements: { secureboot: "false" },
    },
  });
  assert.deepEqual(listImages(catalog)[0]?.requirements, { secureboot: "false" });
});

test("listImages() gives aliases to the newest version of each type and architecture", () => {
  assert.deepEqual(aliasesOf(listImages(CATALOG, { os: "a" })), {
    "1": ["a/1"],
    "0": [],
    "3": ["a/1"],
    "2": ["a/1"],
  });
});

test("listImages() gives no alias to an image that no client lists", () => {
  assert.deepEqual(aliasesOf(listImages(CATALOG, { os: "b" })), { "4": ["b/1"], "5": [] });
});

test("listImages() finds words in names of any case, and of a fingerprint only how it begins", () => {
  const id = "Debian:SID:amd64:x";
  const fingerprint = `abc${digest("0").slice(3)}`;
  const catalog = open({ [id]: product(id, { "20240101": container("a", fingerprint) }) });
  for (const word of ["debian", "sId", "ABC"]) {
    assert.equal(listImages(catalog, { words: [word] }).length, 1, word);
  }
  assert.deepEqual(listImages(catalog, { words: ["bc0"] }), []);
});

test("listImages() adds the aliases with an architecture that a client adds", () => {
  assert.deepEqual(aliasesOf(listImages(CATALOG, { arch: "amd64", client: "incus" })), {
    "1": ["a/1", "a/1/amd64"],
    "0": [],
  });
});

test("listImages() gives an alias to the first product that claims it, filtered out or not", () => {
  const second = { ...product("a:2:amd64:x", { "20240909": container("b", digest("2")) }) };
  const catalog = open({
    [AMD]: product(AMD, { "20240101": container("a", digest("1")) }),
    "a:2:amd64:x": { ...second, aliases: "own,a/1" },
  });
  assert.deepEqual(aliasesOf(listImages(catalog)), { "1": ["a/1"], "2": ["own"] });
  assert.deepEqual(aliasesOf(listImages(catalog, { release: "2" })), { "2": ["own"] });
});

test("listImages() lets the newest of two spellings of one architecture have an alias", () => {
  const catalog = open({
    "a:1:amd64:x": product("a:1:amd64:x", { "20240101": container("a", digest("1")) }),
    "a:1:x86_64:x": product("a:1:x86_64:x", { "20240102": container("b", digest("2")) }),
  });
  assert.deepEqual(aliasesOf(listImages(catalog)), { "1": [], "2": ["a/1"] });
});

test("listImages() gives the aliases of a version with two roots to its squashfs", () => {
  const both = {
    "incus.tar.xz": item("a", "incus.tar.xz", {
      combined_squashfs_sha256: digest("1"),
      combined_rootxz_sha256: digest("2"),
    }),
    "root.squashfs": item("a", "squashfs"),
    "root.tar.xz": item("a", "root.tar.xz"),
  };
  assert.deepEqual(aliasesOf(listImages(open({ [AMD]: product(AMD, { "20240101": both }) }))), {
    "1": ["a/1"],
    "2": [],
  });
});

test("listImages() has an empty alias and no empty requirement for a client alone", () => {
  const catalog = open({
    [AMD]: {
      ...product(AMD, { "20240101": container("a", digest("1")) }),
      aliases: "a,,b",
      requirements: { nesting: "", secureboot: "false" },
    },
  });
  const [published] = listImages(catalog);
  assert.deepEqual(published?.aliases, ["a", "b"]);
  assert.deepEqual(published?.requirements, { nesting: "", secureboot: "false" });
  const [shown] = listImages(catalog, { client: "incus" });
  assert.deepEqual(shown?.aliases, ["a", "a/amd64", "", "/amd64", "b", "b/amd64"]);
  assert.deepEqual(shown?.requirements, { secureboot: "false" });
});

function open(products: Readonly<Record<string, unknown>>) {
  return openPublishedCatalog(foreignDocument(products)) ?? assert.fail();
}

function marksOf(images: ReturnType<typeof listImages>): readonly string[] {
  return images.map(({ fingerprint }) => fingerprint.slice(0, 1));
}

function aliasesOf(images: ReturnType<typeof listImages>) {
  return Object.fromEntries(
    images.map(({ fingerprint, aliases }) => [fingerprint.slice(0, 1), aliases]),
  );
}

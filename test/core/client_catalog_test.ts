import assert from "node:assert/strict";
import { test } from "node:test";
import { readClientCatalog } from "../../core/client_catalog.ts";
import { FormatError } from "../../core/errors.ts";
import { createMemoryPorts } from "../support/memory_ports.ts";
import { container, digest, product } from "../support/published.ts";

const ID = "debian:12:amd64:default";
const SOUND = product(ID, { "20240101": container("images/a", digest("1")) });

/** The documents of a root: an entry of the index and a product, with these fields in place of sound ones. */
function reader(changes: { readonly entry?: object; readonly product?: object }) {
  const { tree } = createMemoryPorts();
  const entry = {
    datatype: "image-downloads",
    path: "streams/v1/images.json",
    products: [ID],
    ...changes.entry,
  };
  const put = (name: string, document: object) =>
    tree.put(`/root/streams/v1/${name}.json`, JSON.stringify(document));
  put("index", { format: "index:1.0", index: { images: entry } });
  put("images", { products: { [ID]: { ...SOUND, ...changes.product } } });
  return tree;
}

function idsOf(tree: ReturnType<typeof reader>): readonly string[] {
  return readClientCatalog(tree, "/root", "lxd")?.ids ?? assert.fail("nothing is published");
}

test("readClientCatalog() has the products of a document that the index lists", () => {
  assert.deepEqual(idsOf(reader({})), [ID]);
});

test("readClientCatalog() passes over streams of which the index lists no product", () => {
  assert.deepEqual(idsOf(reader({ entry: { products: [] } })), []);
  assert.deepEqual(idsOf(reader({ entry: { products: [] }, product: { os: 1 } })), []);
  assert.deepEqual(idsOf(reader({ entry: { datatype: "other" } })), []);
});

test("readClientCatalog() takes lxd_requirements of any type for Incus, and not for LXD", () => {
  const tree = reader({ product: { lxd_requirements: { nesting: true } } });
  assert.deepEqual(readClientCatalog(tree, "/root", "incus")?.ids, [ID]);
  assert.throws(() => readClientCatalog(tree, "/root", "lxd"), /"lxd_requirements" > "nesting"/);
});

const REJECTED: Readonly<Record<string, Parameters<typeof reader>[0]>> = {
  'the field "os" is the number 1': { product: { os: 1 } },
  'the field "versions" > "20240101" is a string': { product: { versions: { "20240101": "x" } } },
  'the field "index" > "images" > "products" is a string': { entry: { products: ID } },
  "streams/v1/other.json: is not there": { entry: { path: "streams/v1/other.json" } },
  "the path of the stream": { entry: { path: "../images.json" } },
};

for (const [what, changes] of Object.entries(REJECTED)) {
  test(`readClientCatalog() throws where clients would reject it: ${what}`, () => {
    assert.throws(() => readClientCatalog(reader(changes), "/root", "incus"), (error) => {
      assert.ok(error instanceof FormatError);
      assert.ok(error.message.startsWith("Cannot list what incus shows: streams/v1/"));
      assert.ok(error.message.includes(what), error.message);
      assert.match(error.message, /; simplestreams verify names all that is wrong$/);
      return true;
    });
  });
}

test("readClientCatalog() throws when there is no index, and returns undefined when there is nothing", () => {
  const { tree } = createMemoryPorts();
  assert.equal(readClientCatalog(tree, "/root", "lxd"), undefined);
  tree.put("/root/streams/v1/images.json", JSON.stringify({ products: {} }));
  assert.throws(
    () => readClientCatalog(tree, "/root", "lxd"),
    /streams\/v1\/index\.json: is not there/,
  );
});

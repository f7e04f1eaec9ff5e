import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createMemoryPorts, type MemoryPorts, publishRoot } from "../support/memory_ports.ts";
import { verify } from "../support/verified_root.ts";

// Few names and contents, so that trees have versions that are left out and files that are shared.
const versions = fc.uniqueArray(
  fc.record({
    folder: fc.tuple(
      fc.constantFrom("debian", "Debian", "a,b", "a b"),
      fc.constantFrom("12", "20240101"),
      fc.constantFrom("amd64", "x86_64", "arm64", "m68k"),
      fc.constantFrom("default", "cloud"),
      fc.constantFrom("20240101", "20240102_05:24", "202401020600", "20240103.9", "2024bad"),
    ).map((names) => `images/${names.join("/")}`),
    files: fc.subarray(
      ["incus.tar.xz", "lxd.tar.xz", "root.tar.xz", "rootfs.squashfs", "disk.qcow2", "notes"],
      { minLength: 1 },
    ),
    seed: fc.nat({ max: 20 }),
  }),
  { selector: ({ folder }) => folder, maxLength: 10 },
);
const requirements = fc.constantFrom(undefined, "{}", '{"nesting":true,"kernel":6}');
const trees = fc.record({ versions, requirements });
type Tree = typeof trees extends fc.Arbitrary<infer Value> ? Value : never;

async function publish({ versions, requirements }: Tree): Promise<MemoryPorts> {
  const ports = createMemoryPorts();
  ports.tree.put("/root/images/.keep", "");
  for (const { folder, files, seed } of versions) {
    for (const name of files) ports.tree.put(`/root/${folder}/${name}`, `${name} of ${seed}`);
  }
  if (requirements !== undefined && versions[0] !== undefined) {
    const [images, os] = versions[0].folder.split("/");
    ports.tree.put(`/root/${images}/${os}/.requirements`, requirements);
  }
  await publishRoot(ports);
  return ports;
}

async function errorsOf(ports: MemoryPorts) {
  const { findings } = await verify(ports);
  return findings.filter(({ severity }) => severity === "error");
}

/** Every file that is listed, with its content. */
function listedFiles(ports: MemoryPorts): readonly (readonly [string, string])[] {
  const document = ports.tree.readText("/root/streams/v1/images.json");
  return [...ports.tree.files()].filter(([path]) =>
    document.includes(`"path":${JSON.stringify(path.slice("/root/".length))}`)
  );
}

test("verifyTree() finds no error in any tree that this tool has published", async () => {
  await fc.assert(
    fc.asyncProperty(trees, async (tree) => {
      assert.deepEqual(await errorsOf(await publish(tree)), []);
    }),
    { numRuns: 200 },
  );
});

test("verifyTree() finds an error when any byte of a listed file is another", async () => {
  await fc.assert(
    fc.asyncProperty(trees, fc.nat(), fc.nat(), async (tree, which, where) => {
      const ports = await publish(tree);
      const files = listedFiles(ports);
      const [path, content] = files[which % files.length] ?? [];
      fc.pre(path !== undefined && content !== undefined);
      const at = where % content.length;
      ports.tree.put(path, `${content.slice(0, at)}#${content.slice(at + 1)}`);
      const errors = await errorsOf(ports);
      assert.ok(errors.some((error) => `/root/${error.path}` === path), path);
    }),
    { numRuns: 200 },
  );
});

test("verifyTree() finds an error when a listed file is gone", async () => {
  await fc.assert(
    fc.asyncProperty(trees, fc.nat(), async (tree, which) => {
      const ports = await publish(tree);
      const files = listedFiles(ports);
      const [path] = files[which % files.length] ?? [];
      fc.pre(path !== undefined);
      ports.tree.removeFile(path);
      const errors = await errorsOf(ports);
      assert.deepEqual(errors.map(({ code }) => code), ["FILE_MISSING"]);
    }),
    { numRuns: 100 },
  );
});

test("verifyTree() finds an error when any digit of a digest is another", async () => {
  await fc.assert(
    fc.asyncProperty(trees, fc.nat(), fc.nat({ max: 63 }), async (tree, which, where) => {
      const ports = await publish(tree);
      const path = "/root/streams/v1/images.json";
      const text = ports.tree.readText(path);
      const digests = [...text.matchAll(/"[0-9a-f]{64}"/g)];
      const at = (digests[which % digests.length]?.index ?? -1) + 1 + where;
      fc.pre(digests.length > 0);
      const digit = text[at] === "0" ? "1" : "0";
      ports.tree.put(path, text.slice(0, at) + digit + text.slice(at + 1));
      assert.notEqual((await errorsOf(ports)).length, 0);
    }),
    { numRuns: 300 },
  );
});

test("verifyTree() finds an error when any character between a document's strings is another", async () => {
  await fc.assert(
    fc.asyncProperty(trees, fc.nat(), fc.constantFrom("", "#"), async (tree, which, put) => {
      const ports = await publish(tree);
      const path = "/root/streams/v1/images.json";
      const text = ports.tree.readText(path);
      // Outside of strings every character but a line's end counts
      const frame = [...text.matchAll(/[{}:,](?=(?:[^"]*"[^"]*")*[^"]*$)/g)];
      const at = frame[which % frame.length]?.index ?? 0;
      ports.tree.put(path, text.slice(0, at) + put + text.slice(at + 1));
      const errors = await errorsOf(ports);
      assert.deepEqual(errors.map(({ code }) => code), ["DOCUMENT_UNPARSABLE"]);
    }),
    { numRuns: 500 },
  );
});

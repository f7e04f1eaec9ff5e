import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { publishRoot } from "../support/memory_ports.ts";
import { codesOf, verify } from "../support/verified_root.ts";
import {
  documentsOf,
  FOLDER,
  listedPaths,
  namesIn,
  PRODUCT,
  prune,
  STATE,
  versionedRoot,
  wait,
} from "../support/pruned_root.ts";

const VERSIONS = ["20240101", "20240102", "20240103"];

describe("pruneTree()", () => {
  test("takes old versions out at once and removes them after the grace", async () => {
    const ports = await versionedRoot(VERSIONS);
    const { withdraw, delete: removed, wait: waiting } = await prune(ports, { keep: 2 });
    assert.deepEqual(withdraw.map(({ product, version }) => `${product}@${version}`), [
      `${PRODUCT}@20240101`,
    ]);
    assert.deepEqual(removed, []);
    assert.deepEqual(waiting.map(({ path, until }) => [path, until.toISOString()]), [
      [`${FOLDER}/20240101`, "2024-06-01T13:30:00.000Z"],
    ]);
    assert.ok(!listedPaths(ports).some((path) => path.includes("20240101")));
    assert.deepEqual(namesIn(ports), VERSIONS);

    wait(ports, 89);
    await prune(ports);
    assert.deepEqual(namesIn(ports), VERSIONS);
    wait(ports, 1);
    const later = await prune(ports);
    assert.deepEqual(later.delete.map(({ path, reason }) => `${reason} ${path}`), [
      `withdrawn ${FOLDER}/20240101`,
    ]);
    assert.deepEqual(namesIn(ports), VERSIONS.slice(1));
    assert.equal(ports.tree.readText(STATE), '{"orphans":[],"withdrawn":[]}\n');
  });

  test("writes the documents that an index run writes, and one does not bring anything back", async () => {
    const ports = await versionedRoot(VERSIONS);
    await prune(ports, { keep: 1 });
    const documents = documentsOf(ports);
    const { result } = await publishRoot(ports);
    assert.deepEqual(documentsOf(ports), documents);
    assert.deepEqual(result.findings, []);
    const afresh = await versionedRoot(["20240103"]);
    assert.deepEqual(documentsOf(afresh), documents);
    assert.deepEqual(codesOf((await verify(ports)).findings), []);
  });

  test("tells the same and writes nothing without write", async () => {
    const ports = await versionedRoot(VERSIONS);
    ports.tree.onChange = (change) => assert.fail(change);
    const dry = await prune(ports, { keep: 1, orphans: true, incompleteMs: 0, write: false });
    ports.tree.onChange = () => {};
    const wet = await prune(ports, { keep: 1, orphans: true, incompleteMs: 0 });
    assert.deepEqual({ ...dry, written: true }, wet);
  });

  test("passes over another folder that came where a withdrawn one was", async () => {
    const ports = await versionedRoot(VERSIONS);
    await prune(ports, { keep: 2 });
    for (const name of namesIn(ports, `${FOLDER}/20240101`)) {
      ports.tree.removeFile(`/root/${FOLDER}/20240101/${name}`);
    }
    ports.tree.removeDirectory(`/root/${FOLDER}/20240101`);
    wait(ports, 90);
    await versionedRoot(["20240101"], ports);
    assert.ok(listedPaths(ports).some((path) => path.includes("20240101")), "it is published");
    await prune(ports);
    assert.deepEqual(namesIn(ports), VERSIONS);
    assert.equal(ports.tree.readText(STATE), '{"orphans":[],"withdrawn":[]}\n');
  });

  test("keeps a withdrawn folder that another tool has listed again", async () => {
    const ports = await versionedRoot(VERSIONS);
    const [images = "", index = ""] = documentsOf(ports);
    await prune(ports, { keep: 2 });
    ports.tree.put("/root/streams/v1/images.json", images);
    ports.tree.put("/root/streams/v1/index.json", index);
    wait(ports, 90);
    assert.deepEqual((await prune(ports)).delete, []);
    assert.deepEqual(namesIn(ports), VERSIONS);
    assert.equal(ports.tree.readText(STATE), '{"orphans":[],"withdrawn":[]}\n');
  });

  test("starts the grace anew for what a killed run left about to leave", async () => {
    const ports = await versionedRoot(VERSIONS);
    await prune(ports, { keep: 2 });
    const state = ports.tree.readText(STATE).replace(/"since":"[^"]+"/, '"since":null');
    ports.tree.put(STATE, state);
    wait(ports, 90);
    assert.deepEqual((await prune(ports)).delete, []);
    assert.match(ports.tree.readText(STATE), /"since":"2024-06-01T13:30:00.000Z"/);
  });

  test("never removes what has just left, even without a grace", async () => {
    const ports = await versionedRoot(VERSIONS);
    await prune(ports, { keep: 1, graceMs: 0 });
    assert.deepEqual(namesIn(ports), VERSIONS);
    await prune(ports, { graceMs: 0 });
    assert.deepEqual(namesIn(ports), ["20240103"]);
  });

  test("keeps settings, also of a product that has gone", async () => {
    const ports = await versionedRoot(VERSIONS);
    for (const name of [".requirements", "image.yaml", "20240103/SHA256SUMS"]) {
      ports.tree.put(`/root/${FOLDER}/${name}`, "{}");
    }
    await prune(ports, { keep: 1, orphans: true, incompleteMs: 0 });
    wait(ports, 90);
    await prune(ports, { orphans: true, incompleteMs: 0 });
    assert.deepEqual(namesIn(ports), [".requirements", "20240103", "image.yaml"]);
    assert.ok(namesIn(ports, `${FOLDER}/20240103`).includes("SHA256SUMS"));
  });

  for (
    const [what, change] of [
      ["no index", (files) => files.delete("index")],
      ["no products document", (files) => files.delete("images")],
      ["an empty products document", (files) => files.set("images", "")],
      [
        "half a products document",
        (files) => files.set("images", files.get("images")?.slice(0, -9)),
      ],
      ["a document without products", (files) => files.set("images", '{"products":{}}')],
      ["a document whose products are a list", (files) => files.set("images", '{"products":[]}')],
      ["an index that names no document", (files) => files.set("index", '{"index":{}}')],
      [
        "an index with a document out of the root",
        (files) => files.set("index", files.get("index")?.replace("streams/", "../streams/")),
      ],
      ["a second document that is missing", (files) =>
        files.set(
          "index",
          files.get("index")?.replace(
            '"index":{',
            '"index":{"a":{"datatype":"image-downloads","path":"streams/v1/a.json","products":["x"]},',
          ),
        )],
    ] as readonly (readonly [string, (files: Map<string, string | undefined>) => void])[]
  ) {
    test(`refuses ${what} and removes nothing`, async () => {
      const ports = await versionedRoot(VERSIONS);
      await prune(ports, { keep: 2 });
      wait(ports, 90);
      const [images, index] = documentsOf(ports);
      const files = new Map([["images", images], ["index", index]]);
      change(files);
      for (const name of ["images", "index"]) {
        ports.tree.removeFile(`/root/streams/v1/${name}.json`);
        const text = files.get(name);
        if (text !== undefined) ports.tree.put(`/root/streams/v1/${name}.json`, text);
      }
      ports.tree.onChange = (change) => assert.fail(change);
      await assert.rejects(prune(ports, { keep: 1, orphans: true }), { code: "REFUSED" });
    });
  }

  test("refuses a state that is broken and removes nothing", async () => {
    const ports = await versionedRoot(VERSIONS);
    await prune(ports, { keep: 2 });
    wait(ports, 90);
    ports.tree.put(STATE, ports.tree.readText(STATE).replace("images/debian", "images/../.."));
    ports.tree.onChange = (change) => assert.fail(change);
    await assert.rejects(prune(ports), {
      code: "FORMAT",
      message: /\.simplestreams\/withdrawn\.json/,
    });
    await assert.rejects(publishRoot(ports), { code: "FORMAT" });
  });

  test("refuses to keep no version", async () => {
    const ports = await versionedRoot(VERSIONS);
    for (const keep of [0, -1, 1.5]) await assert.rejects(prune(ports, { keep }), RangeError);
  });
});

describe("pruneTree() of strays", () => {
  test("notes orphans first and removes them after the grace", async () => {
    const ports = await versionedRoot(["20240103"]);
    ports.tree.put(`/root/${FOLDER}/20240103/notes`, "a file in a kept version");
    ports.tree.put(`/root/${FOLDER}/not-a-version/incus.tar.xz`, "a folder");
    ports.tree.put("/root/images/stray.tar.xz", "a file above");
    const first = await prune(ports, { orphans: true });
    assert.deepEqual(first.wait.map(({ path, reason }) => `${reason} ${path}`), [
      `orphan ${FOLDER}/20240103/notes`,
      `orphan ${FOLDER}/not-a-version`,
      "orphan images/stray.tar.xz",
    ]);
    wait(ports, 90);
    await prune(ports);
    assert.ok(ports.tree.stat("/root/images/stray.tar.xz"), "not without --orphans");
    await prune(ports, { orphans: true });
    assert.equal(ports.tree.stat("/root/images/stray.tar.xz"), undefined);
    assert.deepEqual(namesIn(ports), ["20240103"]);
    assert.ok(!namesIn(ports, `${FOLDER}/20240103`).includes("notes"));
  });

  test("waits for as long as something changes in an orphan", async () => {
    const ports = await versionedRoot(["20240103"]);
    ports.tree.put(`/root/${FOLDER}/upload/part`, "half");
    await prune(ports, { orphans: true });
    wait(ports, 90);
    const mtimeMs = ports.clock.now().getTime() - 60_000;
    ports.tree.put(`/root/${FOLDER}/upload/part`, "more", { mtimeMs });
    assert.deepEqual((await prune(ports, { orphans: true })).delete, []);
    wait(ports, 180);
    await prune(ports, { orphans: true });
    assert.deepEqual(namesIn(ports), ["20240103"]);
  });

  test("keeps a version that is not indexed yet, and says so", async () => {
    const ports = await versionedRoot(["20240103"]);
    ports.tree.put(`/root/${FOLDER}/20240104/incus.tar.xz`, "metadata");
    ports.tree.put(`/root/${FOLDER}/20240104/root.squashfs`, "root");
    ports.tree.put(`/root/${FOLDER}/20240103/disk.qcow2`, "a new file of a version");
    for (let round = 0; round < 2; round++) {
      const { findings, wait: waiting } = await prune(ports, { orphans: true, incompleteMs: 0 });
      assert.deepEqual(codesOf(findings), [
        `warning VERSION_UNLISTED ${FOLDER}/20240103`,
        `warning VERSION_UNLISTED ${FOLDER}/20240104`,
      ]);
      assert.deepEqual(waiting, []);
      wait(ports, 90);
    }
  });

  test("keeps a unified image and roots of any name that an index run would look at", async () => {
    const ports = await versionedRoot(["20240103"]);
    const put = (path: string) => ports.tree.put(`/root/${FOLDER}/${path}`, `rootfs/ ${path}`);
    put("20240103/incus_combined.tar.gz");
    put("20240104/lxd_combined.tar.gz");
    put("20240105/incus.tar.xz");
    put("20240105/noble.squashfs");
    // Which of the two is the root, nobody can tell
    for (const name of ["incus.tar.xz", "a.squashfs", "b.squashfs"]) put(`20240106/${name}`);
    const kept = namesIn(ports);
    for (let round = 0; round < 3; round++) {
      const { findings } = await prune(ports, { orphans: true, incompleteMs: 0 });
      assert.deepEqual(
        codesOf(findings),
        ["20240103", "20240104", "20240105", "20240106"].map((name) =>
          `warning VERSION_UNLISTED ${FOLDER}/${name}`
        ),
      );
      wait(ports, 90);
    }
    assert.deepEqual(namesIn(ports), kept);
  });

  test("keeps nothing for ever because of a clock that was ahead", async () => {
    const ports = await versionedRoot(["20240101", "20240102", "20240103"]);
    const now = ports.clock.time;
    wait(ports, 24 * 60);
    ports.tree.put(`/root/${FOLDER}/notes`, "", { mtimeMs: ports.clock.time.getTime() });
    await prune(ports, { keep: 2, orphans: true });
    ports.clock.time = now;
    const { wait: waiting } = await prune(ports, { keep: 2, orphans: true });
    const inTime = new Date(now.getTime() + 90 * 60_000);
    assert.deepEqual(waiting.map(({ until }) => until), [inTime, inTime]);
    wait(ports, 90);
    await prune(ports, { keep: 2, orphans: true });
    assert.deepEqual(namesIn(ports), ["20240102", "20240103"]);
  });

  test("goes on where one stream of several is published empty", async () => {
    const ports = await versionedRoot(["20240101", "20240102"]);
    ports.tree.makeDirectory("/root/daily");
    await publishRoot(ports, { streams: ["images", "daily"] });
    const { withdraw } = await prune(ports, { keep: 1 });
    assert.deepEqual(withdraw.map(({ version }) => version), ["20240101"]);
    const text = ports.tree.readText("/root/streams/v1/index.json");
    assert.match(text, /"daily"/);
    const claims = text.replace(/("daily":\{[^}]*"products":)\[\]/, '$1["a:b:amd64:c"]');
    assert.notEqual(claims, text);
    ports.tree.removeFile("/root/streams/v1/index.json");
    ports.tree.put("/root/streams/v1/index.json", claims);
    await assert.rejects(prune(ports, { keep: 1 }), /the index says that it does/);
  });

  test("removes incomplete versions and hidden folders in which nothing has changed", async () => {
    const ports = await versionedRoot(["20240103"]);
    for (const name of [".import-20240104-1", ".upload", "20240104", "20240105"]) {
      ports.tree.put(`/root/${FOLDER}/${name}/root.squashfs`, "root");
    }
    ports.tree.put(`/root/${FOLDER}/20240106/incus.tar.xz`, "metadata");
    wait(ports, 300);
    const mtimeMs = ports.clock.now().getTime();
    ports.tree.put(`/root/${FOLDER}/20240105/root.squashfs`, "more of it", { mtimeMs });
    wait(ports, 60);
    const { delete: removed } = await prune(ports, { incompleteMs: 6 * 3_600_000 });
    assert.deepEqual(removed.map(({ path, reason }) => `${reason} ${path.split("/").at(-1)}`), [
      "incomplete .import-20240104-1",
      "incomplete .upload",
      "incomplete 20240104",
      "incomplete 20240106",
    ]);
    assert.deepEqual(namesIn(ports), ["20240103", "20240105"]);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TreeReader } from "../../core/ports.ts";
import { StorageError } from "../../core/errors.ts";
import { NOW } from "../support/memory_ports.ts";
import {
  codesOf,
  editDocuments,
  FOLDER,
  PRODUCT,
  soundRoot,
  verify,
} from "../support/verified_root.ts";

const IMAGES = "streams/v1/images.json";
const INDEX = "streams/v1/index.json";

/** A reader's calls, to put others in the place of some. */
function callsOf(reader: TreeReader): TreeReader {
  return {
    list: (path) => reader.list(path),
    stat: (path) => reader.stat(path),
    realPath: (path) => reader.realPath(path),
    readLink: (path) => reader.readLink(path),
    readText: (path) => reader.readText(path),
    readBytes: (path) => reader.readBytes(path),
  };
}

describe("verifyTree()", () => {
  it("finds nothing in what this tool has published, and counts it", async () => {
    const ports = await soundRoot();
    const { root, counts, findings } = await verify(ports);
    assert.deepEqual(findings, []);
    assert.equal(root, "/root");
    assert.deepEqual(counts, {
      products: 2,
      versions: 3,
      images: 3,
      files: 6,
      hashedFiles: 6,
      hashedBytes: 48,
    });
  });

  it("reads each file once, whatever number of items list it", async () => {
    const ports = await soundRoot();
    ports.hasher.read.length = 0;
    await verify(ports);
    assert.equal(new Set(ports.hasher.read).size, 6);
    assert.equal(ports.hasher.read.length, 6);
  });

  it("reads no file and finds wrong sizes when it is fast", async () => {
    const ports = await soundRoot();
    ports.hasher.read.length = 0;
    ports.tree.put(`/root/${FOLDER}/20240101/root.squashfs`, "other bytes");
    ports.tree.put(`/root/${FOLDER}/20240102/root.squashfs`, "ROOT b");
    const { counts, findings } = await verify(ports, { fast: true });
    assert.deepEqual(codesOf(findings), [`error FILE_SIZE ${FOLDER}/20240101/root.squashfs`]);
    assert.equal(counts.hashedFiles, 0);
    assert.deepEqual(ports.hasher.read, []);
  });

  it("throws when there is no such root", async () => {
    const ports = await soundRoot();
    await assert.rejects(verify(ports, {}, "/other"), { code: "NOT_FOUND" });
  });

  it("tells how far it is", async () => {
    const ports = await soundRoot();
    const seen: number[] = [];
    await verify(ports, { onProgress: ({ files }) => seen.push(files) });
    assert.equal(seen[0], 0);
    assert.equal(seen.at(-1), 6);
  });

  it("checks the files beside one that cannot be read", async () => {
    const ports = await soundRoot();
    ports.tree.put(`/root/${FOLDER}/20240101/incus.tar.xz`, "METADATA a");
    const unreadable = `/root/${FOLDER}/20240101/root.squashfs`;
    const { hasher } = ports;
    const findings = await verify({
      ...ports,
      hasher: {
        hash: (jobs, options) =>
          hasher.hash(jobs, {
            ...options,
            onOutcome: (place, outcome) =>
              options.onOutcome(
                place,
                jobs[place]?.roots.includes(unreadable)
                  ? { unreadable, reason: "not to be read" }
                  : outcome,
              ),
          }),
      },
    });
    assert.deepEqual(codesOf(findings.findings), [
      `error FILE_DIGEST ${FOLDER}/20240101/incus.tar.xz`,
      `error FILE_UNREADABLE ${FOLDER}/20240101/root.squashfs`,
    ]);
  });

  it("tells of an entry that cannot be looked at and of broken memory, and of all the rest", async () => {
    const ports = await soundRoot();
    ports.tree.removeFile(`/root/${FOLDER}/20240101/root.squashfs`);
    ports.tree.put("/root/.simplestreams/withdrawn.json", "{");
    ports.tree.put("/root/images/secret", "");
    const { reader } = ports;
    const { findings } = await verify({
      ...ports,
      reader: {
        ...callsOf(reader),
        stat(path) {
          if (path !== "/root/images/secret") return reader.stat(path);
          throw new StorageError("denied", path, `Cannot look at "${path}": it is denied`);
        },
      },
    });
    assert.deepEqual(codesOf(findings), [
      "error FILE_UNREADABLE .simplestreams/withdrawn.json",
      `error FILE_MISSING ${FOLDER}/20240101/root.squashfs`,
      "error FILE_UNREADABLE images/secret",
    ]);
  });

  it("tells of a folder that cannot be read, and of all the rest", async () => {
    const ports = await soundRoot();
    ports.tree.put(`/root/${FOLDER}/20240101/incus.tar.xz`, "METADATA a");
    const { reader } = ports;
    const denied = `/root/${FOLDER}/20240102`;
    const { findings } = await verify({
      ...ports,
      reader: {
        ...callsOf(reader),
        list(path) {
          if (path !== denied) return reader.list(path);
          throw new StorageError("denied", path, `Cannot list "${path}": it is denied`);
        },
      },
    });
    assert.deepEqual(codesOf(findings), [
      `error FILE_DIGEST ${FOLDER}/20240101/incus.tar.xz`,
      `error FINGERPRINT_WRONG ${FOLDER}/20240101/incus.tar.xz`,
      `error FILE_UNREADABLE ${FOLDER}/20240102`,
    ]);
  });

  it("starts again when documents are published meanwhile", async () => {
    const ports = await soundRoot();
    const { hasher } = ports;
    let runs = 0;
    const result = await verify({
      ...ports,
      hasher: {
        async hash(jobs, options) {
          if (++runs === 1) {
            editDocuments(ports, ({ versions }) => {
              versions["20240101"].items["root.squashfs"].sha256 = "0".repeat(64);
            });
          } else if (runs === 2) await soundRoot(ports);
          await hasher.hash(jobs, options);
        },
      },
    });
    // The first run held the old documents, the second those that are there no longer
    assert.equal(runs, 2);
    assert.deepEqual(codesOf(result.findings), [`error DOCUMENTS_CHANGING ${INDEX}`]);
  });

  it("tells nothing of a first run that was overtaken", async () => {
    const ports = await soundRoot();
    editDocuments(ports, ({ versions }) => {
      versions["20240101"].items["root.squashfs"].sha256 = "0".repeat(64);
    });
    const { hasher } = ports;
    let runs = 0;
    const { findings } = await verify({
      ...ports,
      hasher: {
        async hash(jobs, options) {
          if (++runs === 1) await soundRoot(ports);
          await hasher.hash(jobs, options);
        },
      },
    });
    assert.equal(runs, 2);
    assert.deepEqual(findings, []);
  });

  it("reads documents of other layouts and several streams", async () => {
    const ports = await soundRoot();
    const { products } = JSON.parse(ports.tree.readText(`/root/${IMAGES}`));
    const product = products["debian:12:arm64:default"];
    for (const version of Object.values<{ items: object }>(product.versions)) {
      for (const item of Object.values<{ path: string }>(Object(version.items))) {
        const path = `daily/${item.path.split("/").at(-1)}`;
        ports.tree.put(`/root/${path}`, ports.tree.readText(`/root/${item.path}`));
        item.path = path;
      }
    }
    product.arch = "riscv64";
    editDocuments(ports, (_product, { document, index }) => {
      delete document.products["debian:12:arm64:default"];
      index.index.images.products = [PRODUCT];
      index.index.daily = {
        datatype: "image-downloads",
        path: "streams/v1/daily.json",
        products: ["x"],
      };
      index.index.other = { datatype: "content-download", path: "../nowhere", products: ["x"] };
    });
    const daily = { format: "products:1.0", datatype: "image-downloads", products: { x: product } };
    ports.tree.put("/root/streams/v1/daily.json", JSON.stringify(daily));
    ports.tree.put("/root/daily/left", "over");
    const { findings, counts } = await verify(ports);
    assert.deepEqual(codesOf(findings), [
      "warning FILE_UNLISTED daily/left",
      "warning VERSION_UNLISTED images/debian/12/arm64/default/20240101",
    ]);
    assert.equal(counts.products, 2);
  });

  it("says the line and column where a document is no JSON", async () => {
    const ports = await soundRoot();
    const text = ports.tree.readText(`/root/${IMAGES}`);
    ports.tree.put(`/root/${IMAGES}`, text.replace(',\n"debian:12:arm64', '\n"debian:12:arm64'));
    const { findings } = await verify(ports);
    assert.deepEqual(codesOf(findings), [`error DOCUMENT_UNPARSABLE ${IMAGES}`]);
    assert.match(findings[0]?.message ?? "", /^is no JSON from line 3, column 1 on: found """/);
  });

  it("names product, version, item and field of a wrong type", async () => {
    const ports = await soundRoot();
    editDocuments(ports, ({ versions }) => {
      versions["20240101"].items["root.squashfs"].size = "6";
    });
    const { findings } = await verify(ports);
    const wrong = findings.find(({ code }) => code === "TYPE_WRONG");
    assert.match(
      wrong?.message ?? "",
      /^product "debian:12:amd64:default": the field "versions" > "20240101" > "items" > "root.squashfs" > "size" is a string, expected a whole number/,
    );
  });

  it("takes support_eol for passed from that day on", async () => {
    const ports = await soundRoot();
    editDocuments(ports, (product) => product.support_eol = NOW.toISOString().slice(0, 10));
    assert.deepEqual(codesOf((await verify(ports)).findings), [`warning SUPPORT_EOL ${IMAGES}`]);
    editDocuments(ports, (product) => product.support_eol = "2024-06-02");
    assert.deepEqual((await verify(ports)).findings, []);
  });
});

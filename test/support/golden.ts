import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { createArchiveInspector } from "../../core/adapters/archive_contents.ts";
import { createHasher } from "../../core/adapters/hasher.ts";
import { createNodeReader, createNodeWriter, createSystemClock } from "../../core/adapters/node.ts";
import { createDeltaCoder } from "../../core/adapters/xdelta.ts";
import { createYamlReader } from "../../core/adapters/yaml_reader.ts";
import { formatFinding } from "../../core/format/finding.ts";
import { INDEX_PATH, indexDocument, productsDocument } from "../../core/format/documents.ts";
import { streamOfDocument } from "../../core/format/stream.ts";
import { indexTree } from "../../core/index_tree.ts";
import { listImages } from "../../core/list_images.ts";
import { readPublishedCatalog } from "../../core/published_catalog.ts";
import { verifyTree } from "../../core/verify_tree.ts";
import { workerUrl } from "./worker.ts";

/** Where the golden trees are; tests run in the project's folder. */
export const GOLDEN = "test/golden";

/** The names of the golden cases: a folder each, with a tree in `root` and what is made of it. */
export function goldenCases(): readonly string[] {
  return readdirSync(GOLDEN).sort();
}

/** Returns whether a case's tree came with documents, which another tool has made. */
export function isPublished(name: string): boolean {
  return existsSync(`${GOLDEN}/${name}/root/${INDEX_PATH}`);
}

/**
 * Returns the files that a case should have beside its tree, by name: what an index run makes of it;
 * or, when it came with documents, what `list` and `verify` say of them.
 */
export function makeGoldenFiles(name: string): Promise<ReadonlyMap<string, string>> {
  const root = `${GOLDEN}/${name}/root`;
  return isPublished(name) ? readPublishedCase(root) : indexCase(root);
}

function createPorts() {
  return {
    reader: createNodeReader(),
    writer: createNodeWriter(),
    // Whatever day it is, a date of support must not have passed.
    clock: { ...createSystemClock(), now: () => new Date("2026-06-01T00:00:00Z") },
    hasher: createHasher(workerUrl()),
    archives: createArchiveInspector(),
    yaml: createYamlReader(),
    coder: createDeltaCoder(),
  };
}

async function readPublishedCase(root: string): Promise<ReadonlyMap<string, string>> {
  const ports = createPorts();
  const catalog = readPublishedCatalog(ports.reader, root) ?? assert.fail(root);
  const { counts, findings } = await verifyTree(ports, root, { concurrency: 1 });
  const lines = [JSON.stringify(counts), ...findings.map(formatFinding)];
  const lists = ([undefined, "incus", "lxd"] as const).map((client) =>
    [
      client === undefined ? "list.json" : `list-${client}.json`,
      `${JSON.stringify(listImages(catalog, { client }), undefined, 2)}\n`,
    ] as const
  );
  return new Map([...lists, ["verify.txt", lines.map((line) => `${line}\n`).join("")]]);
}

async function indexCase(root: string): Promise<ReadonlyMap<string, string>> {
  const ports = createPorts();
  const { products, result } = await indexTree(ports, root, {
    concurrency: 1,
    write: false,
    useCache: false,
    streams: readdirSync(root).filter((name) => name !== "images"),
  });
  const texts = products();
  const names = result.documents.flatMap(({ path }) => streamOfDocument(path) ?? []);
  const streams = names.map((name, place) => ({ name, texts: texts[place] ?? new Map() }));
  return new Map([
    ...streams.map(({ name, texts }) =>
      [`${name}.json`, [...productsDocument(name, texts)].join("")] as const
    ),
    [
      "index.json",
      indexDocument(streams.map(({ name, texts }) => ({ name, ids: [...texts.keys()] }))),
    ],
    ["findings.txt", result.findings.map((finding) => `${formatFinding(finding)}\n`).join("")],
  ]);
}

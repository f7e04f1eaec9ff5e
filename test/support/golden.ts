import { readdirSync } from "node:fs";
import { createArchiveInspector } from "../../core/adapters/archive_contents.ts";
import { createHasher } from "../../core/adapters/hasher.ts";
import { createNodeReader, createNodeWriter, createSystemClock } from "../../core/adapters/node.ts";
import { createYamlReader } from "../../core/adapters/yaml_reader.ts";
import { formatFinding } from "../../core/format/finding.ts";
import { indexDocument, publishedProducts } from "../../core/format/documents.ts";
import { indexTree } from "../../core/index_tree.ts";
import { workerUrl } from "./worker.ts";

/** Where the golden trees are; tests run in the project's folder. */
export const GOLDEN = "test/golden";

/** The names of the golden cases: a folder each, with a tree in `root` and what is made of it. */
export function goldenCases(): readonly string[] {
  return readdirSync(GOLDEN).sort();
}

/** Returns the files that a case should have beside its tree, by name. */
export async function makeGoldenFiles(name: string): Promise<ReadonlyMap<string, string>> {
  const ports = {
    reader: createNodeReader(),
    writer: createNodeWriter(),
    clock: createSystemClock(),
    hasher: createHasher(workerUrl()),
    archives: createArchiveInspector(),
    yaml: createYamlReader(),
  };
  const { document, result } = await indexTree(ports, `${GOLDEN}/${name}/root`, {
    concurrency: 1,
    write: false,
    useCache: false,
  });
  const images = [...document()].join("");
  const ids = [...publishedProducts(new TextEncoder().encode(images))?.keys() ?? []];
  return new Map([
    ["images.json", images],
    ["index.json", indexDocument([{ name: "images", ids }])],
    ["findings.txt", result.findings.map((finding) => `${formatFinding(finding)}\n`).join("")],
  ]);
}

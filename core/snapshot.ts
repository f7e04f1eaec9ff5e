import type { Counts } from "./count.ts";
import type { Finding } from "./format/finding.ts";
import { IMAGES_PATH, INDEX_PATH } from "./format/documents.ts";
import { objectFields, tryParseJson } from "./format/json_text.ts";
import { isUnsettled } from "./format/items_cache.ts";
import { type ProductName, productPath } from "./format/model.ts";
import { isStorageError } from "./errors.ts";
import type { TreeReader, TreeWriter } from "./ports.ts";
import { makeFolders } from "./publish.ts";
import type { ScannedProduct, ScannedTree, ScannedVersion } from "./scan.ts";
import { VERSION } from "./version.ts";

/**
 * What the tree was like when the documents were published: names, sizes and time stamps, a line a
 * version. While it is the same, the documents are right as they are, and 100,000 caches need not be
 * opened. It is a shortcut only: without it everything is found out anew.
 */
export interface Snapshot {
  readonly counts: Counts;
  readonly findings: readonly Finding[];
  /** The text of `snapshotText`. */
  readonly tree: string;
  /** The time stamps of the versions' folders, as `folderTimes` gives them. */
  readonly times: readonly number[];
}

/** Where this tool keeps what is its own, relative to the root. Never served, never published. */
export const STATE_FOLDER = ".simplestreams";
const SNAPSHOT_PATH = `${STATE_FOLDER}/snapshot`;

/**
 * Returns a scanned tree as text, to hold against a snapshot: equal text, equal tree. A version with
 * a file that was touched in the last two seconds is never equal to anything.
 */
export function treeText(tree: ScannedTree, now: Date): string {
  return writeTree(tree, (version) => versionLine(version, now) ?? UNSETTLED);
}

/**
 * Returns a scanned tree as text, to keep in a snapshot.
 *
 * @param unsure folders of versions that must not be taken for known the next time
 */
export function snapshotText(tree: ScannedTree, now: Date, unsure: ReadonlySet<string>): string {
  return writeTree(
    tree,
    (version, folder) =>
      (unsure.has(`${folder}/${version.name}`) ? undefined : versionLine(version, now)) ?? UNSURE,
  );
}

// Two words, so that what was not sure then and is not settled now are not equal.
const UNSETTLED = "unsettled";
const UNSURE = "unsure";

function writeTree(
  tree: ScannedTree,
  line: (version: ScannedVersion, folder: string) => string,
): string {
  const lines = [...headLines(tree)];
  for (const product of tree.products) {
    const folder = productPath(product);
    lines.push(`product ${JSON.stringify(folder)}`);
    for (const version of product.versions) lines.push(line(version, folder));
  }
  return `${lines.join("\n")}\n`;
}

function headLines(tree: ScannedTree): readonly string[] {
  return [
    `images ${tree.hasImages}`,
    ...tree.findings.map((finding) => `finding ${JSON.stringify(finding)}`),
    ...tree.requirements.map(({ folder, client, text }) =>
      `requirements ${JSON.stringify([folder, client, text])}`
    ),
  ];
}

/** Tells what of a scanned tree is as it was when a snapshot was taken. */
export interface UnchangedTest {
  /** Whether a version is, so that what is published of it holds. */
  readonly version: (product: ProductName, version: ScannedVersion) => boolean;
  /** Whether all versions of a product are, and none is gone. */
  readonly product: (product: ScannedProduct) => boolean;
  /** Whether all requirements are, and what was found above the versions. */
  readonly requirements: (tree: ScannedTree) => boolean;
}

/** Returns the test that holds a scanned tree against a snapshot. */
export function compareWithSnapshot(snapshot: Snapshot, now: Date): UnchangedTest {
  const before = new Map<string, ReadonlySet<string>>();
  const [head = "", ...products] = snapshot.tree.trimEnd().split("\nproduct ");
  for (const product of products) {
    const [folder = "", ...lines] = product.split("\n");
    before.set(folder, new Set(lines));
  }
  const linesOf = (product: ProductName) => before.get(JSON.stringify(productPath(product)));
  const isSame = (lines: ReadonlySet<string> | undefined, version: ScannedVersion) => {
    const line = versionLine(version, now);
    return line !== undefined && lines !== undefined && lines.has(line);
  };
  return {
    version: (product, version) => isSame(linesOf(product), version),
    product(product) {
      const lines = linesOf(product);
      return lines?.size === product.versions.length &&
        product.versions.every((version) => isSame(lines, version));
    },
    requirements: (tree) => headLines(tree).join("\n") === head,
  };
}

/** Returns a version's names, sizes and times in one line; undefined while a file is not settled. */
function versionLine(version: ScannedVersion, now: Date): string | undefined {
  let line = `${JSON.stringify(version.name)} ${version.hasCache ? "cached" : "bare"}`;
  for (const file of version.files) {
    if (isUnsettled(file, now)) return undefined;
    line += ` ${file.name} ${file.sizeBytes} ${file.mtimeMs}/${file.inode}`;
  }
  for (const finding of version.findings) line += ` ${JSON.stringify(finding)}`;
  return line;
}

/** Returns the snapshot that belongs to the documents as they stand now, or undefined. */
export function readSnapshot(reader: TreeReader, root: string): Snapshot | undefined {
  let text: string;
  try {
    text = reader.readText(`${root}/${SNAPSHOT_PATH}`);
  } catch (error) {
    if (isStorageError(error)) return undefined;
    throw error;
  }
  const end = text.indexOf("\n");
  const head = objectFields(tryParseJson(text.slice(0, end)));
  if (head?.get("head") !== documentStamp(reader, root)) return undefined;
  const [counts, findings, times] = ["counts", "findings", "times"].map((name) => head.get(name));
  if (!isCounts(counts) || !isFindings(findings) || !isNumbers(times)) return undefined;
  return { counts, findings, times, tree: text.slice(end + 1) };
}

/**
 * Writes the snapshot for the documents as they stand now.
 *
 * @throws {StorageError}
 */
export function writeSnapshot(
  ports: { readonly reader: TreeReader; readonly writer: TreeWriter },
  root: string,
  snapshot: Snapshot,
): void {
  const { reader, writer } = ports;
  const head = JSON.stringify({
    head: documentStamp(reader, root),
    counts: snapshot.counts,
    findings: snapshot.findings,
    times: snapshot.times,
  });
  const path = `${root}/${SNAPSHOT_PATH}`;
  makeFolders(writer, root, STATE_FOLDER);
  if (writer.identify(`${path}.new`) !== undefined) writer.removeFile(`${path}.new`);
  writer.createFile(`${path}.new`, [head, "\n", snapshot.tree], { owner: { mode: 0o644 } });
  writer.rename(`${path}.new`, path);
}

/** What a snapshot must match before its tree is looked at: this tool, and the two documents. */
function documentStamp(reader: TreeReader, root: string): string {
  const documents = [IMAGES_PATH, INDEX_PATH].map((path) => {
    const info = reader.stat(`${root}/${path}`);
    return `${info?.sizeBytes} ${info?.mtimeMs}`;
  });
  return `simplestreams ${VERSION} snapshot 2, ${documents.join(", ")}`;
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => typeof one === "number");
}

function isCounts(value: unknown): value is Counts {
  const fields = objectFields(value);
  return ["products", "versions", "images"].every((name) => Number.isInteger(fields?.get(name)));
}

function isFindings(value: unknown): value is readonly Finding[] {
  return Array.isArray(value) && value.every((finding) => {
    const fields = objectFields(finding);
    return ["code", "severity", "path", "message"].every((name) =>
      typeof fields?.get(name) === "string"
    );
  });
}

import type { Counts } from "./count.ts";
import type { Finding } from "./format/finding.ts";
import { INDEX_PATH } from "./format/documents.ts";
import { IMAGES_STREAM, streamDocument } from "./format/stream.ts";
import { objectFields, tryParseJson } from "./format/json_text.ts";
import { isStorageError } from "./errors.ts";
import type { TreeReader, TreeWriter } from "./ports.ts";
import { makeFolders } from "./publish.ts";
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

const SNAPSHOT = "snapshot";

/** A stream of a root, and those before it, whose aliases and fingerprints it goes without. */
export interface StreamPlace {
  readonly name: string;
  readonly before: readonly string[];
}

/** Returns the snapshot of a stream that belongs to the documents as they stand now, or undefined. */
export function readSnapshot(
  reader: TreeReader,
  root: string,
  stream: StreamPlace,
): Snapshot | undefined {
  let text: string;
  try {
    text = reader.readText(`${root}/${snapshotPath(stream)}`);
  } catch (error) {
    if (isStorageError(error)) return undefined;
    throw error;
  }
  const end = text.indexOf("\n");
  const head = objectFields(tryParseJson(text.slice(0, end)));
  if (head?.get("head") !== documentStamp(reader, root, stream)) return undefined;
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
  { stream, snapshot }: { readonly stream: StreamPlace; readonly snapshot: Snapshot },
): void {
  const { reader, writer } = ports;
  const head = JSON.stringify({
    head: documentStamp(reader, root, stream),
    counts: snapshot.counts,
    findings: snapshot.findings,
    times: snapshot.times,
  });
  const path = `${root}/${snapshotPath(stream)}`;
  makeFolders(writer, root, STATE_FOLDER);
  if (writer.identify(`${path}.new`) !== undefined) writer.removeFile(`${path}.new`);
  writer.createFile(`${path}.new`, [head, "\n", snapshot.tree], { owner: { mode: 0o644 } });
  writer.rename(`${path}.new`, path);
}

/**
 * Removes the snapshot of a stream, if there is one.
 *
 * @throws {StorageError}
 */
export function removeSnapshot(writer: TreeWriter, root: string, stream: StreamPlace): void {
  const path = `${root}/${snapshotPath(stream)}`;
  if (writer.identify(path) !== undefined) writer.removeFile(path);
}

function snapshotPath({ name }: StreamPlace): string {
  return `${STATE_FOLDER}/${SNAPSHOT}${name === IMAGES_STREAM ? "" : `-${name}`}`;
}

/** Returns whether a file of the state folder is a snapshot, which can be done without; by its name. */
export function isSnapshotName(name: string): boolean {
  return name === SNAPSHOT || name.startsWith(`${SNAPSHOT}-`) || name === `${SNAPSHOT}.new`;
}

/** What a snapshot must match before its tree is looked at: this tool, and the documents. */
function documentStamp(reader: TreeReader, root: string, { name, before }: StreamPlace): string {
  const paths = [...[...before, name].map(streamDocument), INDEX_PATH];
  const documents = paths.map((path) => {
    const info = reader.stat(`${root}/${path}`);
    return `${info?.sizeBytes} ${info?.mtimeMs}`;
  });
  return `simplestreams ${VERSION} snapshot 4, ${documents.join(", ")}`;
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

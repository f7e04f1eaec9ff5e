import { SimplestreamsError } from "./errors.ts";
import type { TreeReader, TreeWriter } from "./ports.ts";
import { folderOf, removeLeftovers, replaceFiles } from "./replace_files.ts";

/** A document to publish. */
export interface PublishedDocument {
  /** Relative to the root, as `streams/v1/images.json`. */
  readonly path: string;
  /** The text in pieces; asked for again for each pass. */
  readonly pieces: () => Iterable<string>;
}

/** What became, or would become, of a document. */
export interface PublishedState {
  readonly path: string;
  readonly changed: boolean;
  readonly sizeBytes: number;
}

interface PlannedDocument extends PublishedDocument, PublishedState {}

/** Returns which documents differ from what stands in the tree; writes nothing. */
export function planPublish(
  reader: TreeReader,
  root: string,
  documents: readonly PublishedDocument[],
): readonly PlannedDocument[] {
  return documents.map(({ path, pieces }) => {
    return { path, pieces, ...compare(reader, `${root}/${path}`, pieces()) };
  });
}

/**
 * Publishes documents in their order, as `replaceFiles` does. The caller holds the lock of the root.
 * Equal documents are not touched.
 *
 * @throws {StorageError} with the old documents whole
 */
export function applyPublish(
  writer: TreeWriter,
  root: string,
  plan: readonly PlannedDocument[],
): void {
  removeLeftovers(writer, root, plan.map(({ path }) => path));
  const changed = plan.filter((document) => document.changed);
  for (const folder of new Set(changed.map(({ path }) => folderOf(path)))) {
    makeFolders(writer, root, folder);
  }
  replaceFiles(writer, root, changed);
}

/**
 * Refuses to replace a list of images by an empty one: a missing mount looks just like an empty tree.
 *
 * @param products how many products the document that stands lists, and the new one
 * @throws {SimplestreamsError} `REFUSED`
 */
export function refuseToEmpty(
  path: string,
  products: { readonly before: number | "unreadable" | "none"; readonly after: number },
): void {
  const { before, after } = products;
  if (after > 0 || before === 0 || before === "none") return;
  const found = before === "unreadable"
    ? "what stands there is no products document"
    : `the one that stands there lists ${before}`;
  throw new SimplestreamsError(
    "REFUSED",
    `Cannot replace "${path}" by one without products: ${found}, expected at least one under ` +
      "images/; is it mounted? Where that is meant, --allow-empty replaces it all the same, or " +
      "allowEmpty in a request that has it",
  );
}

/** Makes the folders of a path below the root that are not there yet. */
export function makeFolders(writer: TreeWriter, root: string, path: string): void {
  let folder = root;
  for (const name of path.split("/")) {
    const parent = folder;
    folder = `${folder}/${name}`;
    if (writer.identify(folder) !== undefined) continue;
    writer.makeDirectory(folder);
    writer.syncDirectory(parent);
  }
}

function compare(reader: TreeReader, path: string, pieces: Iterable<string>) {
  const present = reader.stat(path) === undefined ? undefined : reader.readBytes(path);
  const encoder = new TextEncoder();
  let sizeBytes = 0;
  let changed = present === undefined;
  for (const piece of pieces) {
    const bytes = encoder.encode(piece);
    changed ||= !startsWith(present?.subarray(sizeBytes), bytes);
    sizeBytes += bytes.length;
  }
  return { changed: changed || present?.length !== sizeBytes, sizeBytes };
}

function startsWith(bytes: Uint8Array | undefined, start: Uint8Array): boolean {
  if (bytes === undefined || bytes.length < start.length) return false;
  for (let at = 0; at < start.length; at++) if (bytes[at] !== start[at]) return false;
  return true;
}

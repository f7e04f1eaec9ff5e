import { isStorageError, StorageError } from "./errors.ts";
import { checkHead, checkIndex, type NamedStream, typeFinding } from "./format/check_index.ts";
import { DOCUMENT_SHAPE, findTypeMismatches, INDEX_SHAPE } from "./format/document_types.ts";
import { INDEX_PATH } from "./format/documents.ts";
import { fault, type Finding, warning } from "./format/finding.ts";
import { type ParsedDocument, parseDocument } from "./format/parse_document.ts";
import type { TreeReader } from "./ports.ts";

/** A products document that an index names, and its products. */
export interface ReadStream extends NamedStream {
  readonly entries: Iterable<readonly [string, unknown]>;
}

/** The documents of a root. */
export interface ReadDocuments {
  /** Those that the index names, as it has them. */
  readonly named: readonly NamedStream[];
  /** Those of them that could be read. */
  readonly streams: readonly ReadStream[];
  /** Whether all of them could be read, so that what none of them names is known. */
  readonly isComplete: boolean;
  readonly findings: readonly Finding[];
  /** Whether what was read is what is published by now. */
  readonly isCurrent: () => boolean;
}

/** Reads the index and every products document that it names. */
export function readDocuments(reader: TreeReader, root: string): ReadDocuments {
  const paths = [INDEX_PATH];
  // Taken before anything is read: what is published from now on makes it another one.
  const stamps = [stampOf(reader, root, INDEX_PATH)];
  const findings: Finding[] = [];
  const streams: ReadStream[] = [];
  let named: readonly NamedStream[] = [];
  let passedOver = 0;
  const index = readDocument(reader, root, INDEX_PATH);
  if ("code" in index) findings.push(index);
  else {
    const shaped = findTypeMismatches(Object.fromEntries(index.head), INDEX_SHAPE);
    findings.push(...shaped.map((one) => typeFinding(INDEX_PATH, "", one)));
    const checked = checkIndex(index.head);
    findings.push(...checked.findings);
    named = checked.streams;
    for (const stream of named) {
      paths.push(stream.path);
      stamps.push(stampOf(reader, root, stream.path));
      const document = readDocument(reader, root, stream.path);
      if ("code" in document) {
        // Clients pass a stream without products over, and so do without its file
        if (stream.products.length === 0 && document.code === "DOCUMENT_MISSING") passedOver++;
        else findings.push(document);
        continue;
      }
      for (const one of document.findings) findings.push(one);
      findings.push(...checkDocument(stream.path, document));
      streams.push({ ...stream, entries: document.products ?? [] });
    }
    findings.push(...findUnlistedDocuments(reader, root, paths));
  }
  return {
    named,
    streams,
    isComplete: streams.length > 0 && streams.length + passedOver === paths.length - 1,
    findings,
    isCurrent: () => paths.every((path, place) => stampOf(reader, root, path) === stamps[place]),
  };
}

function readDocument(
  reader: TreeReader,
  root: string,
  path: string,
): ParsedDocument | Finding {
  try {
    return parseDocument(reader.readBytes(`${root}/${path}`), path);
  } catch (error) {
    const consequence = "no client can list this server's images";
    if (isStorageError(error, "missing", "not-a-directory")) {
      const wanted = path === INDEX_PATH ? "the index" : "a products document, as the index has it";
      const message = `is not there, expected ${wanted}: ${consequence}; index the tree`;
      return fault("DOCUMENT_MISSING", path, message);
    }
    if (!(error instanceof StorageError)) throw error;
    return fault("FILE_UNREADABLE", path, `${error.message}: ${consequence}`);
  }
}

function checkDocument(path: string, document: ParsedDocument): readonly Finding[] {
  const { head, products } = document;
  const fields = Object.fromEntries(head);
  const findings = [
    ...findTypeMismatches(fields, DOCUMENT_SHAPE).map((one) => typeFinding(path, "", one)),
    ...checkHead(path, head),
  ];
  const given = head.get("products");
  if (products === undefined && given !== undefined && given !== null) {
    const found = Array.isArray(given) ? "a list" : `a ${typeof given}`;
    const mismatch = { at: ["products"], found, expected: "an object of products" };
    findings.push(typeFinding(path, "", mismatch));
  }
  return findings;
}

/** Documents beside the index that it does not name. */
function findUnlistedDocuments(
  reader: TreeReader,
  root: string,
  named: readonly string[],
): readonly Finding[] {
  const folder = INDEX_PATH.slice(0, INDEX_PATH.lastIndexOf("/"));
  return (reader.list(`${root}/${folder}`) ?? []).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (name.startsWith(".") || !name.endsWith(".json") || named.includes(path)) return [];
    const message = "is not named in the index, so no client reads it; index the tree or remove it";
    return [warning("DOCUMENT_UNLISTED", path, message)];
  });
}

/** Changes when a file is replaced; a document is never written in place. */
function stampOf(reader: TreeReader, root: string, path: string): string {
  try {
    const info = reader.stat(`${root}/${path}`);
    return info === undefined ? "" : `${info.inode} ${info.sizeBytes} ${info.mtimeMs}`;
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return error.reason;
  }
}

import { FormatError } from "./errors.ts";
import { typeFinding } from "./format/check_index.ts";
import { findTypeMismatches, PRODUCT_SHAPE } from "./format/document_types.ts";
import { IMAGES_PATH, INDEX_PATH } from "./format/documents.ts";
import type { Finding, FindingCode } from "./format/finding.ts";
import type { ClientKind } from "./format/model.ts";
import type { TreeReader } from "./ports.ts";
import { createPublishedCatalog, type PublishedCatalog } from "./published_catalog.ts";
import { type ReadDocuments, readDocuments } from "./read_documents.ts";
import { readDocumentTexts } from "./read_published.ts";

/** What keeps clients from listing any image of a server, of all that can be wrong with documents. */
const REJECTED: ReadonlySet<FindingCode> = new Set<FindingCode>([
  ...["DOCUMENT_MISSING", "DOCUMENT_UNPARSABLE", "FILE_UNREADABLE"] as const,
  ...["PATH_UNUSABLE", "TYPE_WRONG"] as const,
]);

/**
 * Returns the catalog of the documents of a root that a client reads, which are those of which the index
 * lists products; undefined when nothing is published there.
 *
 * @throws {FormatError} when the client would reject one of them, and with it all of the server
 */
export function readClientCatalog(
  reader: TreeReader,
  root: string,
  client: ClientKind,
): PublishedCatalog | undefined {
  if (![INDEX_PATH, IMAGES_PATH].some((path) => reader.stat(`${root}/${path}`))) return undefined;
  const documents = readDocuments(reader, root);
  const paths = documents.named.filter(({ products }) => products.length > 0)
    .map(({ path }) => path);
  const read = new Set([INDEX_PATH, ...paths]);
  for (const { path, message } of findRejections(documents, { read, client })) {
    throw new FormatError(
      `Cannot list what ${client} shows: ${path}: ${message}; simplestreams verify names all that is wrong`,
      { path },
    );
  }
  const texts = paths.map((path) => readDocumentTexts(reader, root, path));
  // What is left over is a document without products, which clients take for an empty one
  return createPublishedCatalog(texts.filter((one) => typeof one !== "string"));
}

function* findRejections(
  documents: ReadDocuments,
  { read, client }: { readonly read: ReadonlySet<string>; readonly client: ClientKind },
): Generator<Finding> {
  yield* documents.findings.filter(({ code, path }) => REJECTED.has(code) && read.has(path));
  for (const { path, entries } of documents.streams) {
    if (!read.has(path)) continue;
    for (const [id, product] of entries) {
      const place = `product "${id}": `;
      for (const mismatch of findTypeMismatches(product, PRODUCT_SHAPE)) {
        // To Incus this is a field like any that it does not know
        const isPassedOver = client === "incus" && mismatch.at[0] === "lxd_requirements";
        if (!isPassedOver) yield typeFinding(path, place, mismatch);
      }
    }
  }
}

import type { FileInfo, TreeReader } from "../../core/ports.ts";
import { HttpProblem } from "../problem.ts";
import { type Document, type DocumentContent, prepareDocument } from "./document.ts";
import { type OpenFile, openInside } from "./open_inside.ts";
import { readDocument } from "./read_document.ts";

/** Documents in memory, each as its file is now. */
export interface DocumentCache {
  /**
   * Returns the document of a path, undefined when no file is there; at once when the file is the
   * one that was read before. A file is read once, whatever number of requests wait for it.
   *
   * @param names below the root, as `treePath` returns them
   * @throws {StorageError} when it is there and cannot be read
   * @throws {HttpProblem} `NOT_READY` while somebody writes in it
   */
  find(names: readonly string[]): Document | undefined | Promise<Document | undefined>;
}

/** What a cache needs; the limits and the way to read are for tests. */
export interface DocumentCacheOptions {
  readonly root: string;
  readonly reader: Pick<TreeReader, "stat">;
  readonly followSymlinks: boolean;
  readonly maxDocuments?: number;
  readonly maxBytes?: number;
  readonly read?: (path: string, file: OpenFile) => Promise<DocumentContent | undefined>;
}

const ATTEMPTS = 3;

/** Returns a cache that keeps the documents that were asked for last, up to its limits. */
export function createDocumentCache(options: DocumentCacheOptions): DocumentCache {
  const { root, reader, maxDocuments = 16, maxBytes = 64 * 1024 * 1024 } = options;
  const read = options.read ?? readDocument;
  /** The one that was asked for last is the last. */
  const documents = new Map<string, Document>();
  const loads = new Map<string, Promise<Document | undefined>>();

  function keep(path: string, document: Document): void {
    documents.delete(path);
    documents.set(path, document);
    let heldBytes = 0;
    for (const one of documents.values()) heldBytes += sizeInMemory(one);
    for (const [oldest, { plain, gzip }] of documents) {
      // The newest stays, whatever its size: to pack it for each request would be worse.
      if (oldest === path || (documents.size <= maxDocuments && heldBytes <= maxBytes)) break;
      documents.delete(oldest);
      heldBytes -= sizeInMemory({ plain, gzip });
    }
  }

  async function load(names: readonly string[], path: string): Promise<Document | undefined> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const file = await openInside(root, names, options);
      if (file === undefined) return undefined;
      const content = await readUnchanged(path, file, read);
      if (content !== undefined) return prepareDocument(path, content);
    }
    throw new HttpProblem("NOT_READY", `Cannot serve "${path}" now: it is being written`, {
      headers: { "Retry-After": "1" },
    });
  }

  function find(names: readonly string[]) {
    const path = names.join("/");
    const info = reader.stat(`${root}/${path}`);
    if (info?.kind !== "file") {
      documents.delete(path);
      return undefined;
    }
    const known = documents.get(path);
    if (known !== undefined && isSameFile(known.info, info)) {
      documents.delete(path);
      documents.set(path, known);
      return known;
    }
    // The file's version is part of the key: who asks after a change never gets what was before it.
    const key = [info.inode, info.mtimeMs, info.sizeBytes, path].join(" ");
    const underWay = loads.get(key);
    if (underWay !== undefined) return underWay;
    const loading = load(names, path).then((document) => {
      if (document !== undefined) keep(path, document);
      return document;
    }).finally(() => loads.delete(key));
    loads.set(key, loading);
    return loading;
  }
  return { find };
}

/** Returns whether two looks at a path saw one and the same version of a file. */
export function isSameFile(a: FileInfo, b: FileInfo): boolean {
  return a.inode === b.inode && a.mtimeMs === b.mtimeMs && a.sizeBytes === b.sizeBytes;
}

/** Closes the file; undefined when it changed under the reader. */
async function readUnchanged(
  path: string,
  file: OpenFile,
  read: (path: string, file: OpenFile) => Promise<DocumentContent | undefined>,
): Promise<DocumentContent | undefined> {
  try {
    const content = await read(path, file);
    const { size, mtimeNs } = await file.handle.stat({ bigint: true });
    const isUnchanged = Number(size) === file.info.sizeBytes &&
      Number(mtimeNs / 1_000_000n) === file.info.mtimeMs;
    return isUnchanged ? content : undefined;
  } finally {
    await file.handle.close();
  }
}

function sizeInMemory({ plain, gzip }: Pick<Document, "plain" | "gzip">): number {
  return (plain.bytes?.length ?? 0) + (gzip?.bytes?.length ?? 0);
}

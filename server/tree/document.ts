import type { FileInfo } from "../../core/ports.ts";
import { digestTag, type Validators } from "./entity_tag.ts";
import { formatHttpDate } from "./http_date.ts";
import type { HeaderSet } from "./respond.ts";

/** A document as it goes out, plain or packed. */
export interface DocumentForm extends Validators {
  readonly sizeBytes: number;
  /** Those of an answer with all of it. */
  readonly headers: HeaderSet;
  /** Undefined when it is too long to be kept in memory. */
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
}

/** One version of a document. */
export interface Document {
  readonly info: FileInfo;
  readonly plain: DocumentForm;
  readonly gzip: DocumentForm | undefined;
}

/** What was read of a document's file. */
export interface DocumentContent {
  readonly info: FileInfo;
  readonly sha256: string;
  readonly plain: Uint8Array<ArrayBuffer> | undefined;
  readonly gzip: Uint8Array<ArrayBuffer> | undefined;
}

/** Returns whether a document is kept gzipped beside its plain form. */
export function isPackable(path: string): boolean {
  return path.endsWith(".json");
}

/** Returns a document with all that can be known before a request comes. */
export function prepareDocument(path: string, content: DocumentContent): Document {
  const { info, sha256, plain, gzip } = content;
  const shared = {
    "Content-Type": isPackable(path) ? "application/json" : "application/octet-stream",
    "Cache-Control": "no-cache",
    "Last-Modified": formatHttpDate(info.mtimeMs),
    "Accept-Ranges": "bytes",
    "X-Content-Type-Options": "nosniff",
    ...isPackable(path) && { Vary: "Accept-Encoding" },
  };
  function form(
    sizeBytes: number,
    bytes: Uint8Array<ArrayBuffer> | undefined,
    coding?: "gzip",
  ): DocumentForm {
    const etag = digestTag(sha256, coding);
    const headers = {
      ...shared,
      ETag: etag,
      "Content-Length": String(sizeBytes),
      ...coding && { "Content-Encoding": coding },
    };
    return { etag, mtimeMs: info.mtimeMs, sizeBytes, headers, bytes };
  }
  return {
    info,
    plain: form(info.sizeBytes, plain),
    gzip: gzip && form(gzip.length, gzip, "gzip"),
  };
}

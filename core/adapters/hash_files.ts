import { createHash, type Hash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { StorageError } from "../errors.ts";
import { whyCutOff } from "../format/least_bytes.ts";
import { printable } from "../format/text.ts";
import type { FileDigest, HashOutcome, RootDigest } from "../ports.ts";
import { toStorageError } from "./storage_errors.ts";

/** One buffer for all reads of a thread: 256 KiB is the fastest size in both runtimes. */
const BLOCK = new Uint8Array(256 * 1024);
/** How much is read between two reports. */
export const REPORT_BYTES = 16 * 1024 * 1024;

/** A metadata file, with its bytes where they have been read already. */
export type MetadataSource =
  | { readonly path: string }
  | { readonly path: string; readonly bytes: Uint8Array };

/** A job as a thread gets it. */
export interface HashTask {
  readonly metadata: readonly MetadataSource[];
  readonly roots: readonly string[];
  readonly sizeBytes: number;
}

/**
 * Digests the files of one task, each read once: a root file feeds its own digest and one for each
 * metadata file with other bytes. Synchronous: for the main thread with small files, else for a worker.
 */
export function hashFiles(task: HashTask, onBytes: (sizeBytes: number) => void): HashOutcome {
  let current = "";
  try {
    const states: { readonly state: Hash; readonly digest: FileDigest }[] = [];
    for (const source of task.metadata) {
      current = source.path;
      const state = createHash("sha256");
      const sizeBytes = "bytes" in source
        ? feedBytes(source.bytes, state)
        : feed(source.path, [state], { onBytes });
      const digest = { sha256: state.copy().digest("hex"), ...after(source.path, sizeBytes) };
      states.push({ state, digest });
    }
    // Metadata files with equal bytes share the digest of the first of them.
    const places = states.map(({ digest }) =>
      states.findIndex((other) => other.digest.sha256 === digest.sha256)
    );
    const distinct = [...new Set(places)];
    const roots: RootDigest[] = [];
    for (const path of task.roots) {
      current = path;
      const own = createHash("sha256");
      const hashes = [own];
      for (const place of distinct) {
        const state = states[place]?.state.copy();
        if (state !== undefined) hashes.push(state);
      }
      const sizeBytes = feed(path, hashes, { onBytes, onFirst: requireWhole });
      const [sha256 = "", ...digests] = hashes.map((hash) => hash.digest("hex"));
      const combined = places.map((place) => digests[distinct.indexOf(place)] ?? "");
      roots.push({ sha256, ...after(path, sizeBytes), combined });
    }
    return { metadata: states.map(({ digest }) => digest), roots };
  } catch (error) {
    return { unreadable: current, reason: toStorageError(error, "read", current).message };
  }
}

/** What a name leads to after its file was read: who replaces a file meanwhile is found out. */
function after(path: string, sizeBytes: number): Pick<FileDigest, "sizeBytes" | "mtimeMs"> {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  const isSame = stats !== undefined && Number(stats.size) === sizeBytes;
  return { sizeBytes, mtimeMs: isSame ? Number(stats.mtimeNs / 1_000_000n) : -1 };
}

function feedBytes(bytes: Uint8Array, hash: Hash): number {
  hash.update(bytes);
  return bytes.length;
}

interface FeedOptions {
  readonly onBytes: (sizeBytes: number) => void;
  /** Looks at the file before it is digested. */
  readonly onFirst?: (file: OpenFile) => void;
}

interface OpenFile {
  readonly path: string;
  readonly descriptor: number;
  /** What it begins with; all of it when that is less than a block. */
  readonly first: Uint8Array;
}

function feed(path: string, hashes: readonly Hash[], { onBytes, onFirst }: FeedOptions): number {
  const descriptor = openSync(path, "r");
  let total = 0;
  let unreported = 0;
  try {
    for (;;) {
      const length = readSync(descriptor, BLOCK, 0, BLOCK.length, null);
      const bytes = length === BLOCK.length ? BLOCK : BLOCK.subarray(0, length);
      if (total === 0) onFirst?.({ path, descriptor, first: bytes });
      for (const hash of hashes) hash.update(bytes);
      total += length;
      unreported += length;
      // A short read is the end of a regular file; that all was read is checked against its size.
      if (length < BLOCK.length) break;
      if (unreported < REPORT_BYTES) continue;
      onBytes(unreported);
      unreported = 0;
    }
  } finally {
    closeSync(descriptor);
  }
  if (unreported > 0) onBytes(unreported);
  return total;
}

/** @throws {StorageError} when a root ends before the image that is in it */
function requireWhole({ path, descriptor, first }: OpenFile): void {
  const isAll = first.length < BLOCK.length;
  const sizeBytes = isAll ? first.length : fstatSync(descriptor).size;
  const cutOff = whyCutOff((place, wanted) => {
    if (isAll || place + wanted <= first.length) return first.subarray(place, place + wanted);
    const bytes = new Uint8Array(wanted);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, wanted, place));
  }, sizeBytes);
  if (cutOff === undefined) return;
  throw new StorageError("other", path, `Cannot use "${printable(path)}": ${cutOff}`);
}

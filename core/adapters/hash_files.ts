import { createHash, type Hash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import type { FileDigest, HashOutcome, RootDigest } from "../ports.ts";
import { toStorageError } from "./storage_errors.ts";

/** One buffer for all reads of a thread: 256 KiB is the fastest size in both runtimes. */
const BLOCK = new Uint8Array(256 * 1024);
/** How much is read between two reports. */
export const REPORT_BYTES = 16 * 1024 * 1024;

/** A job as a thread gets it: metadata files by path, or as bytes where they have been read already. */
export interface HashTask {
  readonly metadata: readonly (string | Uint8Array)[];
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
      const state = createHash("sha256");
      let sizeBytes: number;
      if (typeof source === "string") {
        current = source;
        sizeBytes = feed(source, [state], onBytes);
      } else {
        state.update(source);
        sizeBytes = source.length;
      }
      states.push({ state, digest: { sha256: state.copy().digest("hex"), sizeBytes } });
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
      const sizeBytes = feed(path, hashes, onBytes);
      const [sha256 = "", ...digests] = hashes.map((hash) => hash.digest("hex"));
      const combined = places.map((place) => digests[distinct.indexOf(place)] ?? "");
      roots.push({ sha256, sizeBytes, combined });
    }
    return { metadata: states.map(({ digest }) => digest), roots };
  } catch (error) {
    return { unreadable: current, reason: toStorageError(error, "read", current).message };
  }
}

function feed(path: string, hashes: readonly Hash[], onBytes: (sizeBytes: number) => void): number {
  const descriptor = openSync(path, "r");
  let total = 0;
  let unreported = 0;
  try {
    for (;;) {
      const length = readSync(descriptor, BLOCK, 0, BLOCK.length, null);
      const bytes = length === BLOCK.length ? BLOCK : BLOCK.subarray(0, length);
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

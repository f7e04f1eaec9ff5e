import { createHash } from "node:crypto";
import { whyCutOff } from "../format/least_bytes.ts";
import type { Hasher, HashJob, HashOutcome, TreeReader } from "../ports.ts";

/** Returns a hasher of files in memory, which notes each file that it reads. */
export function createMemoryHasher(tree: TreeReader): Hasher & { readonly read: string[] } {
  const read: string[] = [];
  return {
    read,
    hash(jobs, options) {
      jobs.forEach((job, index) => {
        read.push(...job.metadata, ...job.roots);
        options.onOutcome(index, hashJob(tree, job));
        options.onBytes?.(job.sizeBytes);
      });
      return Promise.resolve();
    },
  };
}

function hashJob(tree: TreeReader, job: HashJob): HashOutcome {
  for (const path of job.roots) {
    const bytes = tree.readBytes(path);
    const cutOff = whyCutOff(
      (place, wanted) => bytes.subarray(place, place + wanted),
      bytes.length,
    );
    if (cutOff !== undefined) {
      return { unreadable: path, reason: `Cannot use "${path}": ${cutOff}` };
    }
  }
  const digest = (...paths: readonly string[]) => {
    const hash = createHash("sha256");
    for (const path of paths) hash.update(tree.readBytes(path));
    return hash.digest("hex");
  };
  const own = (path: string) => ({
    sha256: digest(path),
    sizeBytes: tree.readBytes(path).length,
    mtimeMs: tree.stat(path)?.mtimeMs ?? -1,
  });
  return {
    metadata: job.metadata.map(own),
    roots: job.roots.map((root) => ({
      ...own(root),
      combined: job.metadata.map((metadata) => digest(metadata, root)),
    })),
  };
}

import { readFileSync, statSync } from "node:fs";
import type { HashJob, HashOutcome } from "../ports.ts";
import type { HashTask, MetadataSource } from "./hash_files.ts";

/** Roots smaller than this are not worth a worker of their own. */
const SPLIT_BYTES = 64 * 1024 * 1024;
/** Metadata files are some kilobytes; larger ones are not carried around in memory. */
const METADATA_BYTES = 1024 * 1024;

/**
 * Returns a job as tasks that can run side by side: one for each root file of a big version. The
 * metadata is read here then and goes along as bytes, so that it too is read once.
 */
export function splitJob(job: HashJob): readonly HashTask[] {
  const whole = toTask(job);
  if (job.roots.length < 2 || job.sizeBytes < SPLIT_BYTES) return [whole];
  const metadata = readMetadata(job.metadata);
  if (metadata === undefined) return [whole];
  return job.roots.map((root) => ({
    metadata,
    roots: [root],
    sizeBytes: statSync(root, { throwIfNoEntry: false })?.size ?? 0,
  }));
}

/** Returns a job as one task. */
export function toTask(job: HashJob): HashTask {
  return { ...job, metadata: job.metadata.map((path) => ({ path })) };
}

/** Returns what came of a job from what came of its tasks, in their order. */
export function joinOutcomes(outcomes: readonly HashOutcome[]): HashOutcome {
  const [first] = outcomes;
  const unreadable = outcomes.find((outcome) => "unreadable" in outcome);
  if (unreadable !== undefined || first === undefined || "unreadable" in first) {
    return unreadable ?? { metadata: [], roots: [] };
  }
  const roots = outcomes.flatMap((outcome) => "roots" in outcome ? outcome.roots : []);
  return { metadata: first.metadata, roots };
}

/** Undefined when a file is large, or cannot be read: whoever runs the whole job reports that. */
function readMetadata(paths: readonly string[]): readonly MetadataSource[] | undefined {
  try {
    if (paths.some((path) => statSync(path).size > METADATA_BYTES)) return undefined;
    return paths.map((path) => ({ path, bytes: readFileSync(path) }));
  } catch {
    return undefined;
  }
}

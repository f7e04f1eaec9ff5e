import type { HashJob, Progress } from "./ports.ts";

/** Adds up what hash jobs have read. */
export interface ProgressCounter {
  readonly addFiles: (count: number) => void;
  readonly addBytes: (sizeBytes: number) => void;
}

/** Starts counting; every step is told to `onProgress`, the start too when there is anything to do. */
export function countProgress(
  jobs: readonly HashJob[],
  onProgress: ((progress: Progress) => void) | undefined,
): ProgressCounter & { readonly totalFiles: number; readonly totalBytes: number } {
  const totalFiles = jobs.reduce((sum, job) => sum + job.metadata.length + job.roots.length, 0);
  const totalBytes = jobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let files = 0;
  let bytes = 0;
  const report = () => onProgress?.({ files, totalFiles, bytes, totalBytes });
  if (jobs.length > 0) report();
  return {
    totalFiles,
    totalBytes,
    addFiles(count) {
      files += count;
      report();
    },
    addBytes(sizeBytes) {
      bytes += sizeBytes;
      report();
    },
  };
}

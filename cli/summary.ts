import type { IndexResult } from "../core/index_tree.ts";

/** Returns the one line that sums up an index run. */
export function summarizeIndex(result: IndexResult): string {
  const { counts, changes, findings, documents } = result;
  const parts = [
    `${count(counts.products, "product")}, ${count(counts.versions, "version")}, ` +
    count(counts.images, "image"),
  ];
  if (counts.hashedFiles > 0) {
    parts.push(`${count(counts.hashedFiles, "file")} read (${formatBytes(counts.hashedBytes)})`);
  }
  const changed = Object.entries(changes).filter(([, list]) => list.length > 0)
    .map(([what, list]) => `${list.length} ${what}`);
  if (changed.length > 0) parts.push(changed.join(", "));
  if (findings.length > 0) parts.push(count(findings.length, "finding"));
  const isChanged = documents.some((document) => document.changed);
  parts.push(
    !isChanged ? "documents unchanged" : result.written ? "documents written" : "nothing written",
  );
  return `simplestreams: ${parts.join("; ")}`;
}

/** Returns a number of bytes in the unit that people read. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = bytes < 1 ? 0 : Math.min(4, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

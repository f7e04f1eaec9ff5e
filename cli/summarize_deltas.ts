import type { DeltaReport, ReportedDelta } from "../core/report_deltas.ts";
import { formatBytes } from "./summary.ts";

/** Returns the one line that sums up what became of deltas. */
export function summarizeDeltas({ made, planned, notWorth }: DeltaReport): string {
  const parts: string[] = [];
  if (made.length > 0) {
    const sizeBytes = made.reduce((sum, { size = 0 }) => sum + size, 0);
    const rootBytes = made.reduce((sum, { rootSize }) => sum + rootSize, 0);
    parts.push(`${made.length} made, ${formatBytes(sizeBytes)} for ${formatBytes(rootBytes)}`);
  }
  if (planned.length > 0) parts.push(`${planned.length} to make`);
  if (notWorth.length > 0) parts.push(`${notWorth.length} not worth having`);
  return `simplestreams: deltas: ${parts.join("; ") || "none to make"}`;
}

/** Returns a line for each delta: what was made, or would be, and from what. */
export function deltaLines({ made, planned, notWorth }: DeltaReport): readonly string[] {
  const line = (what: string) => (delta: ReportedDelta) =>
    `${what} ${delta.path} (from ${delta.base}; ${sizes(delta)})`;
  return [
    ...made.map(line("made")),
    ...planned.map(line("make")),
    ...notWorth.map(line("not worth having")),
  ];
}

function sizes({ size, rootSize }: ReportedDelta): string {
  if (size === undefined) return `root of ${formatBytes(rootSize)}`;
  const percent = Math.round(100 * size / Math.max(1, rootSize));
  return `${formatBytes(size)}, ${percent} % of ${formatBytes(rootSize)}`;
}

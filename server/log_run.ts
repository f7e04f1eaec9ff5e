import { formatFinding } from "../core/format/finding.ts";
import type { Log } from "./log.ts";
import type { ReindexRun } from "./reindex_runs.ts";

/** Tells the log what an index run came to: findings as warnings, and one line that sums it up. */
export function logRun(log: Log, run: ReindexRun): void {
  const { id, trigger, result, problem, startedAt, finishedAt } = run;
  const ms = startedAt && finishedAt ? finishedAt.getTime() - startedAt.getTime() : 0;
  const what = `index run ${id} (${trigger}, ${ms} ms)`;
  if (result === undefined) {
    log.say("error", `${what}: ${problem?.code}: ${problem?.detail}`);
    return;
  }
  // Everything that was found is told by the runs that look at everything.
  if (trigger !== "rescan") {
    for (const finding of result.findings) {
      log.say(finding.severity, formatFinding(finding).replace(/^\w+: /, ""));
    }
  }
  const { counts, changes, scope } = result;
  const { added, removed, changed } = changes;
  log.say(
    "info",
    `${what}: ${scope === "all" ? "everything" : scope.join(", ")}; ${counts.products} products, ` +
      `${counts.versions} versions; ${added.length} added, ${removed.length} removed, ` +
      `${changed.length} changed; ${result.findings.length} findings`,
  );
}

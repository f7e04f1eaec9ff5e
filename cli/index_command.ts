import type { SystemPorts } from "../core/adapters/system.ts";
import { type IndexedTree, type IndexResult, indexTree, requireRoot } from "../core/index_tree.ts";
import { makeDeltas } from "../core/make_deltas.ts";
import { DELTA_DEFAULTS } from "../core/plan_deltas.ts";
import { type DeltaReport, reportDeltas } from "../core/report_deltas.ts";
import { withLock } from "../core/lock.ts";
import { EXIT } from "./exit_status.ts";
import type { CommonOptions } from "./options.ts";
import { tell, tellFindings, writeOut } from "./output.ts";
import { startProgressBar } from "./progress_bar.ts";
import { summarizeDeltas } from "./summarize_deltas.ts";
import { summarizeIndex } from "./summary.ts";

/** Runs the index use case and returns the exit status. */
export async function runIndex(
  ports: SystemPorts,
  root: string,
  options: CommonOptions,
): Promise<number> {
  const { result, document, deltas } = await index(ports, root, options);
  tellFindings(result.findings, options);
  if (options.json) {
    await writeOut([`${JSON.stringify({ command: "index", ...result, deltas })}\n`]);
  } else if (!options.write) await writeOut(document());
  if (!options.quiet && !options.json) {
    tell(summarizeIndex(result), ...whatNext(result));
    if (deltas !== undefined) tell(summarizeDeltas(deltas));
  }
  return options.strict && result.findings.length > 0 ? EXIT.findings : EXIT.done;
}

/** Tells who has no image yet how to get one. */
function whatNext({ counts, findings }: IndexResult): readonly string[] {
  return counts.versions === 0 && findings.every(({ code }) => code === "IMAGES_MISSING")
    ? ["simplestreams: no image is there yet; simplestreams -N -i SRCDIR puts one into images/"]
    : [];
}

async function index(
  ports: SystemPorts,
  root: string,
  options: CommonOptions,
): Promise<IndexedTree & { readonly deltas?: DeltaReport }> {
  const bar = startProgressBar(ports.clock, { quiet: options.quiet });
  const indexing = {
    concurrency: options.jobs ?? ports.cores,
    write: options.write ?? false,
    useCache: !options.rehash,
    allowEmpty: options.allowEmpty,
    streams: options.stream,
    onProgress: bar.show,
  };
  const action = async () => {
    if (!options.deltas) return await indexTree(ports, root, indexing);
    const made = await makeDeltas(ports, root, { ...indexing, deltas: DELTA_DEFAULTS });
    return { ...made, deltas: reportDeltas(made) };
  };
  try {
    // The lock's own folder must not come to be in a root that is a typing error.
    requireRoot(ports.reader, root);
    if (!options.write) return await action();
    return await withLock(ports.locker, root, { waitMs: options.wait * 1000, action });
  } finally {
    bar.clear();
  }
}

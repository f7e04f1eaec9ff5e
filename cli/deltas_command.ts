import { type Command, InvalidArgumentError, Option } from "commander";
import { createSystemPorts, type SystemPorts } from "../core/adapters/system.ts";
import { requireRoot } from "../core/index_tree.ts";
import { withLock } from "../core/lock.ts";
import { makeDeltas, requireCoder, type TreeWithDeltas } from "../core/make_deltas.ts";
import { DELTA_DEFAULTS } from "../core/plan_deltas.ts";
import { reportDeltas } from "../core/report_deltas.ts";
import { rootPath } from "../core/root_path.ts";
import { EXIT } from "./exit_status.ts";
import { tell, tellFindings, writeOut } from "./output.ts";
import { parseJobs, parseSeconds } from "./parse_options.ts";
import { startProgressBar } from "./progress_bar.ts";
import { createSubcommand, type SubcommandContext, type SubcommandOptions } from "./subcommand.ts";
import { deltaLines, summarizeDeltas } from "./summarize_deltas.ts";

interface Options extends SubcommandOptions {
  readonly write?: boolean;
  readonly for: number;
  readonly maxRatio: number;
  readonly jobs?: number;
  readonly wait: number;
}

/** Returns the sub-command that makes deltas. */
export function createDeltasCommand({ worker }: SubcommandContext): Command {
  return createSubcommand("deltas", {
    usage: "[options] [rootdir]",
    description:
      "Makes deltas from one version's squashfs root to the next, indexes the directory and " +
      "publishes them: a client that has the version before fetches only what changed.",
    json: "print one JSON object: the deltas, what changed and findings",
    quiet: "no progress and no summary, only findings and errors",
    notes: [
      "Needs xdelta3, here and on the client. Each delta is decoded before it is listed, and kept " +
      "only if it is small enough; what is not is tried again when one of the roots has changed.",
    ],
    examples: [
      { command: "simplestreams deltas /var/www/html", does: "show what would be made" },
      { command: "simplestreams deltas -N /var/www/html", does: "make it, and publish" },
      {
        command: "simplestreams deltas -N --for 2 --max-ratio 0.5",
        does: "for the two newest versions, where it saves half",
      },
    ],
    exit: {
      [EXIT.done]: "done",
      [EXIT.failure]: "usage or failure: a delta could not be made, or there is no xdelta3",
      [EXIT.locked]: "another run holds the lock",
    },
  })
    .argument("[rootdir]", "the directory that is served", ".")
    .addOption(new Option("-N, --write", "do it; without it, only show what would be done"))
    .addOption(
      new Option("--for <n>", "make them for so many versions of a product, from the newest")
        .argParser(parseCount).default(DELTA_DEFAULTS.versions),
    )
    .addOption(
      new Option("--max-ratio <ratio>", "keep a delta of this share of the whole file at most")
        .argParser(parseRatio).default(DELTA_DEFAULTS.maxRatio),
    )
    .addOption(
      new Option("--jobs <n>", "deltas made, and files read, at one time (default: the cores)")
        .argParser(parseJobs),
    )
    .addOption(
      new Option("--wait <seconds>", "wait so long for another run's lock")
        .argParser(parseSeconds).default(0),
    )
    .action(async (rootdir: string, options: Options) => {
      process.exitCode = await runDeltas(createSystemPorts(worker), rootPath(rootdir), options);
    });
}

async function runDeltas(ports: SystemPorts, root: string, options: Options): Promise<number> {
  const tree = await make(ports, root, options);
  const report = reportDeltas(tree);
  const { documents, changes, findings, written } = tree.result;
  tellFindings(findings, options);
  if (options.json) {
    const result = { command: "deltas", root, written, ...report, documents, changes, findings };
    await writeOut([`${JSON.stringify(result)}\n`]);
  } else {
    if (!options.quiet) await writeOut(deltaLines(report).map((line) => `${line}\n`));
    if (!options.quiet) tell(summarizeDeltas(report));
  }
  // A dry run has told what keeps them from being made, and that is all that it is for
  const isDone = !written || findings.every(({ code }) => code !== "DELTA_NOT_MADE");
  return isDone ? EXIT.done : EXIT.failure;
}

async function make(ports: SystemPorts, root: string, options: Options): Promise<TreeWithDeltas> {
  const { write = false, for: versions, maxRatio, jobs = ports.cores, wait } = options;
  const bar = startProgressBar(ports.clock, { quiet: options.quiet });
  const action = () =>
    makeDeltas(ports, root, {
      ...{ concurrency: jobs, write, useCache: true, onProgress: bar.show },
      deltas: { versions, maxRatio },
    });
  try {
    // The lock's own folder must not come to be in a root that is a typing error
    requireRoot(ports.reader, root);
    if (!write) return await action();
    await requireCoder(ports);
    return await withLock(ports.locker, root, { waitMs: wait * 1000, action });
  } finally {
    bar.clear();
  }
}

function parseCount(text: string): number {
  const count = /^[0-9]{1,6}$/.test(text) ? Number(text) : 0;
  if (count >= 1) return count;
  throw new InvalidArgumentError("Expected a whole number from 1.");
}

function parseRatio(text: string): number {
  const ratio = /^[0-9]{0,3}\.?[0-9]{1,6}$/.test(text) ? Number(text) : 0;
  if (ratio > 0 && ratio <= 1) return ratio;
  throw new InvalidArgumentError("Expected a number over 0, up to 1, as 0.7.");
}

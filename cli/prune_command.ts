import { type Command, Option } from "commander";
import { createSystemPorts } from "../core/adapters/system.ts";
import { pruneTree } from "../core/prune_tree.ts";
import { rootPath } from "../core/root_path.ts";
import { EXIT } from "./exit_status.ts";
import { parseCount, parseTime } from "./parse_options.ts";
import { createSubcommand, type SubcommandContext } from "./subcommand.ts";
import { addWithdrawOptions, runWithdraw, type WithdrawCommandOptions } from "./run_withdraw.ts";

interface Options extends WithdrawCommandOptions {
  readonly keep?: number;
  readonly maxAge?: number;
  readonly orphans?: boolean;
  readonly incomplete?: number;
}

/** Returns the sub-command that takes old versions out. */
export function createPruneCommand({ worker }: SubcommandContext): Command {
  const command = createSubcommand("prune", {
    usage: "[options] [rootdir]",
    description: "Takes old versions out of the documents, and removes their files later.",
    json: "print one JSON object: what leaves, what goes now, what later, findings",
    quiet: "with -N only findings and errors",
    notes: [
      "A version stays while every given policy keeps it; the newest of a product always stays. It " +
      "leaves the documents first, and its files go in a later run, when no client has a document " +
      "with it any more. Without a policy only such files go. A time is a number and s, m, h, d or w.",
    ],
    examples: [
      { command: "simplestreams prune --keep 3 /var/www/html", does: "show what would go" },
      {
        command: "simplestreams prune -N --keep 3 --max-age 30d /var/www/html",
        does: "take it out; the same line again, later, removes the files",
      },
      {
        command: "simplestreams prune -N --orphans --incomplete 6h /var/www/html",
        does: "remove what nobody needs, too",
      },
    ],
    exit: {
      [EXIT.done]: "done",
      [EXIT.failure]: "usage or failure, or something that is due cannot be removed",
      [EXIT.locked]: "another run holds the lock",
    },
  })
    .argument("[rootdir]", "the directory that is served", ".")
    .addOption(
      new Option("--keep <n>", "keep the newest n versions of each product").argParser(parseCount),
    )
    .addOption(
      new Option("--max-age <time>", "keep versions whose own date is no older").argParser(
        parseTime,
      ),
    )
    .addOption(
      new Option("--orphans", "remove what no document names, when it is known for the grace"),
    )
    .addOption(
      new Option(
        "--incomplete <time>",
        "remove versions without metadata or root, unchanged so long",
      )
        .argParser(parseTime),
    );
  return addWithdrawOptions(command).action(async (rootdir: string, options: Options) => {
    const ports = createSystemPorts(worker);
    const root = rootPath(rootdir);
    const { keep, maxAge: maxAgeMs, orphans, incomplete: incompleteMs } = options;
    await runWithdraw(ports, root, {
      ...options,
      command: "prune",
      action: (common) =>
        pruneTree(ports, root, { ...common, keep, maxAgeMs, orphans, incompleteMs }),
    });
  });
}

import { type Command, Option } from "commander";
import type { SystemPorts } from "../core/adapters/system.ts";
import { formatDuration } from "../core/format/duration.ts";
import { requireRoot } from "../core/index_tree.ts";
import { withLock } from "../core/lock.ts";
import { DEFAULT_GRACE_MS, type WithdrawResult } from "../core/withdraw.ts";
import { EXIT } from "./exit_status.ts";
import { tell, tellFindings, writeOut } from "./output.ts";
import { parseSeconds, parseTime } from "./parse_options.ts";
import type { SubcommandOptions } from "./subcommand.ts";
import { summarizeWithdrawal, withdrawalLines } from "./withdraw_text.ts";

/** Options of the sub-commands that take something out. */
export interface WithdrawCommandOptions extends SubcommandOptions {
  readonly write?: boolean;
  /** Milliseconds. */
  readonly grace: number;
  /** Seconds. */
  readonly wait: number;
  readonly allowEmpty?: boolean;
}

/** Adds the options that these sub-commands have in common. */
export function addWithdrawOptions(command: Command): Command {
  return command
    .addOption(new Option("-N, --write", "do it; without it, only show what would be done"))
    .addOption(
      new Option("--grace <time>", "how long files stay after no document names them")
        .argParser(parseTime).default(DEFAULT_GRACE_MS, formatDuration(DEFAULT_GRACE_MS)),
    )
    .addOption(
      new Option("--wait <seconds>", "wait so long for another run's lock")
        .argParser(parseSeconds).default(0),
    )
    .addOption(new Option("--allow-empty", "let a document be without products"));
}

/** Runs the use case, under the lock when it writes, shows what came of it, and sets the exit status. */
export async function runWithdraw(
  ports: SystemPorts,
  root: string,
  options: WithdrawCommandOptions & {
    readonly command: string;
    readonly action: (common: {
      readonly write: boolean;
      readonly graceMs: number;
      readonly allowEmpty: boolean | undefined;
    }) => Promise<WithdrawResult>;
  },
): Promise<void> {
  const { command, write = false, grace: graceMs, wait, allowEmpty, json, quiet } = options;
  const action = () => options.action({ write, graceMs, allowEmpty });
  // The lock's own folder must not come to be in a root that is a typing error.
  requireRoot(ports.reader, root);
  const result = write
    ? await withLock(ports.locker, root, { waitMs: wait * 1000, action })
    : await action();
  tellFindings(result.findings, options);
  if (json) await writeOut([`${JSON.stringify({ command, ...result })}\n`]);
  else if (!write || !quiet) await writeOut(withdrawalLines(result).map((line) => `${line}\n`));
  if (!quiet && !json) tell(summarizeWithdrawal(result));
  const isDone = result.findings.every(({ severity }) => severity !== "error");
  process.exitCode = isDone ? EXIT.done : EXIT.failure;
}

import { Command, InvalidArgumentError, Option } from "commander";
import { createSystemPorts } from "../core/adapters/system.ts";
import { rootPath } from "../core/root_path.ts";
import { VERSION } from "../core/version.ts";
import { EXIT } from "./exit_status.ts";
import { HELP_AFTER } from "./help.ts";
import { runImport } from "./import_command.ts";
import { runIndex } from "./index_command.ts";
import type { CommonOptions } from "./options.ts";
import { parseJobs } from "./parse_jobs.ts";
import { runCommand } from "./run_command.ts";
import { refuseSubcommandName, SUBCOMMANDS } from "./subcommands.ts";

interface Options extends CommonOptions {
  readonly import?: string;
}

/** Runs the command line and sets the process's exit status. */
export async function main(
  args: readonly string[],
  options: { readonly worker: URL },
): Promise<void> {
  exitOnSignals();
  const [first = "", ...rest] = args;
  const subcommand = SUBCOMMANDS.get(first);
  if (subcommand !== undefined) {
    const create = await subcommand.load();
    return await runCommand(create(options), rest);
  }
  const program = createProgram(async (rootdir, chosen) => {
    refuseSubcommandName(rootdir, args);
    const ports = createSystemPorts(options.worker);
    const root = rootPath(rootdir);
    return chosen.import === undefined
      ? await runIndex(ports, root, chosen)
      : await runImport(ports, root, { ...chosen, source: chosen.import });
  });
  await runCommand(program, args);
}

type Action = (rootdir: string, options: Options) => Promise<number>;

function createProgram(action: Action): Command {
  return new Command("simplestreams")
    .usage("[-Nh] [-i srcdir] [rootdir]")
    .description("Makes a simplestreams image server for Incus and LXD of a directory of images.")
    .argument("[rootdir]", "the directory that is served, with images/ in it", ".")
    .addOption(new Option("-N, --write", "do it; without it, only show what would be done"))
    .addOption(new Option("-i, --import <srcdir>", "import the image files of a directory"))
    .addOption(new Option("--json", "print one JSON object: counts, what changed, findings"))
    .addOption(new Option("--strict", "exit 3 when there are findings"))
    .addOption(new Option("--rehash", "read every file again, whatever the caches say"))
    .addOption(
      new Option("--jobs <n>", "files read at one time (default: the cores)").argParser(parseJobs),
    )
    .addOption(
      new Option("--wait <seconds>", "wait so long for another run's lock")
        .argParser(parseSeconds).default(0),
    )
    .addOption(
      new Option("--allow-empty", "replace a document with products by one without"),
    )
    .addOption(new Option("--quiet", "no progress and no summary, only findings and errors"))
    .version(VERSION, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", HELP_AFTER)
    .showHelpAfterError(
      "usage: simplestreams [-Nh] [-i srcdir] [rootdir]\nSee simplestreams --help",
    )
    .action(async (rootdir: string, options: Options) => {
      process.exitCode = await action(rootdir, options);
    });
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== "" && seconds >= 0 && seconds <= 1e6) return seconds;
  throw new InvalidArgumentError("Expected a number of seconds, 0 or more.");
}

/** Leaves at once: whatever is half done is hidden, and the next run tidies it up. */
function exitOnSignals(): void {
  process.once("SIGINT", () => process.exit(EXIT.interrupted));
  process.once("SIGTERM", () => process.exit(EXIT.terminated));
}

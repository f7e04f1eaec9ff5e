import { Command, Option } from "commander";
import { createSystemPorts } from "../core/adapters/system.ts";
import { rootPath } from "../core/root_path.ts";
import { VERSION } from "../core/version.ts";
import { documentCommand } from "./documented_command.ts";
import { EXIT } from "./exit_status.ts";
import { runImport } from "./import_command.ts";
import { runIndex } from "./index_command.ts";
import type { CommonOptions } from "./options.ts";
import { meantSubcommand, refuseMeantSubcommand } from "./meant_subcommand.ts";
import { parseJobs, parseSeconds } from "./parse_options.ts";
import { SUBCOMMANDS } from "./subcommands.ts";

interface Options extends CommonOptions {
  readonly import?: string;
}

/**
 * Returns the command that indexes or imports.
 *
 * @param words the command line that it will be given
 */
export function createMainCommand(
  words: readonly string[],
  { worker }: { readonly worker: URL },
): Command {
  const command = documentCommand(new Command("simplestreams"), {
    usage: "[-Nh] [-i srcdir] [rootdir]",
    description: "Makes a simplestreams image server for Incus and LXD of a directory of images.",
    notes: ["Data goes to stdout, everything else to stderr."],
    subcommands: new Map([...SUBCOMMANDS].map(([name, { summary }]) => [name, summary])),
    examples: [
      { command: "simplestreams /var/www/html", does: "show images.json, write nothing" },
      {
        command: "simplestreams -N /var/www/html",
        does: "write streams/v1/images.json and index.json",
      },
      {
        command: "simplestreams -N -i ./image /var/www/html",
        does: "move the image files of ./image into images/",
      },
    ],
    exit: {
      [EXIT.done]: "done",
      [EXIT.failure]: "wrong usage, or not done: the documents are as they were",
      [EXIT.findings]: "done, with findings, under --strict",
      [EXIT.locked]: "another run holds the lock",
      [EXIT.interrupted]: "ended by SIGINT",
      [EXIT.terminated]: "ended by SIGTERM",
    },
  });
  return command
    .configureOutput({
      // Options and operands of a sub-command that is spelt wrongly are unknown, too
      outputError(text, write) {
        const meant = meantSubcommand(createSystemPorts(worker).reader, words[0] ?? "");
        write(meant === undefined ? text : `${text}(Did you mean simplestreams ${meant}?)\n`);
      },
    })
    .argument("[rootdir]", "the directory that is served, with images/ in it", ".")
    .addOption(
      new Option("-N, --write", "do it; without it nothing is written, only shown what would be"),
    )
    .addOption(
      new Option(
        "-i, --import <srcdir>",
        "import the image files of a directory, into rootdir/images, or rootdir if it is called so",
      ),
    )
    .addOption(
      new Option(
        "--json",
        "print one JSON object: counts, what changed and findings, or the error",
      ),
    )
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
      new Option("--stream <name>", "index this folder beside images/ too; may be repeated")
        .argParser(addStream),
    )
    .addOption(
      new Option("--allow-empty", "replace a document with products by one without"),
    )
    .addOption(
      new Option("--deltas", "make deltas from the last version to the newest, too; needs xdelta3"),
    )
    .addOption(new Option("--quiet", "no progress and no summary, only findings and errors"))
    .version(VERSION, "--version", "print the version")
    .action(async (rootdir: string, options: Options) => {
      const ports = createSystemPorts(worker);
      refuseMeantSubcommand(ports.reader, rootdir, words);
      const root = rootPath(rootdir);
      process.exitCode = options.import === undefined
        ? await runIndex(ports, root, options)
        : await runImport(ports, root, { ...options, source: options.import });
    });
}

function addStream(name: string, streams: readonly string[] = []): readonly string[] {
  return [...streams, name];
}

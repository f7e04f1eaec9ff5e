import { type Command, Option } from "commander";
import { createSystemPorts, type SystemPorts } from "../core/adapters/system.ts";
import { type VerifyResult, verifyTree } from "../core/verify_tree.ts";
import { rootPath } from "../core/root_path.ts";
import { EXIT } from "./exit_status.ts";
import { tell, tellFindings, writeOut } from "./output.ts";
import { parseJobs } from "./parse_options.ts";
import { startProgressBar } from "./progress_bar.ts";
import { createSubcommand, type SubcommandContext, type SubcommandOptions } from "./subcommand.ts";
import { formatBytes } from "./summary.ts";

interface Options extends SubcommandOptions {
  readonly fast?: boolean;
  readonly jobs?: number;
  readonly strict?: boolean;
}

/** Returns the sub-command that holds the documents against the files. */
export function createVerifyCommand({ worker }: SubcommandContext): Command {
  return createSubcommand("verify", {
    usage: "[options] [rootdir]",
    description:
      "Checks the documents of a directory, whoever wrote them, and every file they list.",
    json: "print one JSON object: counts and findings",
    quiet: "no progress and no summary, only findings and errors",
    notes: [
      "An error is what a client gets wrong or cannot get; a warning is what no client sees, or not " +
      "as meant.",
    ],
    examples: [
      { command: "simplestreams verify /var/www/html", does: "read every file that is listed" },
      {
        command: "simplestreams verify --fast /var/www/html",
        does: "look at names and sizes alone",
      },
      {
        command: "simplestreams verify --json . | jq .findings",
        does: "what is wrong, for other programs",
      },
    ],
    exit: {
      [EXIT.done]: "no error",
      [EXIT.failure]: "usage or failure",
      [EXIT.findings]: "an error, or any finding under --strict",
    },
  })
    .argument("[rootdir]", "the directory that is served", ".")
    .addOption(new Option("--fast", "read no file: only whether each is there in its size"))
    .addOption(
      new Option("--jobs <n>", "files read at one time (default: the cores)").argParser(parseJobs),
    )
    .addOption(new Option("--strict", "exit 3 when there are warnings, too"))
    .action(async (rootdir: string, options: Options) => {
      process.exitCode = await runVerify(
        createSystemPorts(worker),
        rootPath(rootdir),
        options,
      );
    });
}

async function runVerify(ports: SystemPorts, root: string, options: Options): Promise<number> {
  const result = await verify(ports, root, options);
  const { findings } = result;
  tellFindings(findings, options);
  if (options.json) await writeOut([`${JSON.stringify({ command: "verify", ...result })}\n`]);
  else if (!options.quiet) tell(summarizeVerify(result));
  const isFailed = findings.some(({ severity }) => options.strict || severity === "error");
  return isFailed ? EXIT.findings : EXIT.done;
}

async function verify(ports: SystemPorts, root: string, options: Options): Promise<VerifyResult> {
  const bar = startProgressBar(ports.clock, { quiet: options.quiet });
  try {
    return await verifyTree(ports, root, {
      concurrency: options.jobs ?? ports.cores,
      fast: options.fast ?? false,
      onProgress: bar.show,
    });
  } finally {
    bar.clear();
  }
}

function summarizeVerify({ counts, findings }: VerifyResult): string {
  const { products, versions, images, files, hashedFiles, hashedBytes } = counts;
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const parts = [
    `${count(products, "product")}, ${count(versions, "version")}, ${count(images, "image")}, ` +
    count(files, "file"),
    hashedFiles === 0
      ? "no file read"
      : `${count(hashedFiles, "file")} read (${formatBytes(hashedBytes)})`,
    `${count(errors, "error")}, ${count(findings.length - errors, "warning")}`,
  ];
  return `simplestreams: ${parts.join("; ")}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

import { type Command, InvalidArgumentError, Option } from "commander";
import { createSystemPorts, type SystemPorts } from "../core/adapters/system.ts";
import { DATE_FORMS } from "../core/format/creation_date.ts";
import { printable } from "../core/format/text.ts";
import { applyMetadata, planMetadata } from "../core/plan_metadata.ts";
import { EXIT } from "./exit_status.ts";
import { completeNames, type GivenNames } from "./metadata_names.ts";
import { writeOut } from "./output.ts";
import { createSubcommand, type SubcommandContext, type SubcommandOptions } from "./subcommand.ts";
import { formatBytes } from "./summary.ts";

interface Options extends SubcommandOptions, GivenNames {
  readonly write?: boolean;
  readonly date?: string;
  readonly property: ReadonlyMap<string, string>;
  readonly out?: string;
}

/** Returns the sub-command that makes a metadata tarball. */
export function createMetadataCommand({ worker }: SubcommandContext): Command {
  return createSubcommand("metadata", {
    usage: "[options] [file]",
    description: "Makes incus.tar.xz, the metadata tarball of an image, for a bare disk or root.",
    json: "print one JSON object: the metadata, and the file that was written",
    quiet: "print errors only",
    notes: [
      "The file is the root that it is for: squashfs, qcow2 or a tarball; it is not changed, and " +
      `dates the image. What is missing is asked for on a terminal. Then add publishes both. Dates: ${DATE_FORMS}.`,
    ],
    examples: [
      { command: "simplestreams metadata disk.qcow2", does: "ask, and show metadata.yaml" },
      {
        command: "simplestreams metadata -N --os Debian --release 12 --arch amd64 disk.qcow2",
        does: "write incus.tar.xz beside it",
      },
    ],
    exit: { [EXIT.done]: "done", [EXIT.failure]: "usage or failure" },
  })
    .argument("[file]", "the root that it is for")
    .addOption(new Option("-N, --write", "write it; without it, only show metadata.yaml"))
    .addOption(new Option("--os <name>", "its os, as Debian"))
    .addOption(new Option("--release <name>", "its release, as 12 or bookworm"))
    .addOption(new Option("--variant <name>", "its variant (default: default)"))
    .addOption(new Option("--arch <name>", "its architecture, as x86_64 or amd64"))
    .addOption(new Option("--description <text>", "a line of text (default: made of the names)"))
    .addOption(new Option("--date <time>", "when it was made (default: the file's time, or now)"))
    .addOption(
      new Option("--property <key=value>", "a further property; may be repeated")
        .argParser(addProperty).default(new Map(), "none"),
    )
    .addOption(
      new Option("--out <file>", "where to write it (default: incus.tar.xz beside the file)"),
    )
    .action(async (file: string | undefined, options: Options) => {
      process.exitCode = await runMetadata(createSystemPorts(worker), file, options);
    });
}

async function runMetadata(
  ports: SystemPorts,
  file: string | undefined,
  options: Options,
): Promise<number> {
  const { date, property: properties, out } = options;
  const names = await completeNames(options);
  const plan = await planMetadata(ports, { ...names, file, date, properties, out });
  const written = options.write ? await applyMetadata(ports, plan) : undefined;
  if (options.json) {
    const { sizeBytes: size, sha256 } = written ?? {};
    const result = { path: plan.out, written: written !== undefined, metadata: plan.text };
    await writeOut([`${JSON.stringify({ command: "metadata", ...result, size, sha256 })}\n`]);
  } else if (written === undefined) await writeOut([plan.text]);
  else if (!options.quiet) {
    const { sizeBytes, sha256 } = written;
    await writeOut([
      `wrote ${printable(plan.out)}, ${formatBytes(sizeBytes)}\n  sha256 ${sha256}\n`,
    ]);
  }
  return EXIT.done;
}

function addProperty(
  text: string,
  known: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined) {
    throw new InvalidArgumentError("Expected KEY=VALUE.");
  }
  if (known.has(key)) throw new InvalidArgumentError(`Expected each property once, not "${key}".`);
  return new Map([...known, [key, value]]);
}

import { type Command, Option } from "commander";
import { createSystemPorts, type SystemPorts } from "../core/adapters/system.ts";
import { type AddedImage, applyAdd } from "../core/add_image.ts";
import { sortFindings } from "../core/format/finding.ts";
import { printable } from "../core/format/text.ts";
import { requireRoot } from "../core/index_tree.ts";
import { withLock } from "../core/lock.ts";
import { type AddPlan, type AddRequest, planAdd } from "../core/plan_add.ts";
import { sortAddOperands } from "./add_operands.ts";
import { EXIT } from "./exit_status.ts";
import { tellFindings, writeOut } from "./output.ts";
import { parseSeconds } from "./parse_options.ts";
import { startProgressBar } from "./progress_bar.ts";
import { shellLines } from "./shell_lines.ts";
import { createSubcommand, type SubcommandContext, type SubcommandOptions } from "./subcommand.ts";

interface Options extends SubcommandOptions {
  readonly write?: boolean;
  readonly move?: boolean;
  readonly os?: string;
  readonly release?: string;
  readonly variant?: string;
  readonly arch?: string;
  readonly alias: readonly string[];
  readonly strict?: boolean;
  readonly wait: number;
}

/** Returns the sub-command that adds an image to the tree. */
export function createAddCommand({ worker }: SubcommandContext): Command {
  return createSubcommand("add", {
    usage: "[options] file [file] [rootdir]",
    description: "Adds an image to a directory, whatever its files are called, and publishes it.",
    json: "print one JSON object: what was added, or would be, and findings",
    quiet: "print findings and errors only",
    notes: [
      "The files are a metadata tarball and a root (squashfs, qcow2 or a tarball), or one unified " +
      "image. What each is, is told by what is in it; a name that begins with lxd is for LXD. A " +
      "directory is the root.",
    ],
    examples: [
      {
        command: "simplestreams add incus.tar.xz rootfs.squashfs /var/www/html",
        does: "show what would be done",
      },
      {
        command: "simplestreams add -N incus.tar.xz rootfs.squashfs /var/www/html",
        does: "copy them, and publish the image",
      },
      {
        command: "simplestreams add -N --move --alias web backup.tar.gz",
        does: "move a unified image into this directory, with an alias",
      },
    ],
    exit: {
      [EXIT.done]: "done",
      [EXIT.failure]: "usage or failure",
      [EXIT.findings]: "findings under --strict",
      [EXIT.locked]: "another run holds the lock",
    },
  })
    .argument(
      "<files...>",
      "files of one image; a directory is the one that is served (default: .)",
    )
    .addOption(new Option("-N, --write", "do it; without it, only show what would be done"))
    .addOption(new Option("--move", "move the files, do not copy them"))
    .addOption(new Option("--os <name>", "list it as this os, whatever its metadata.yaml says"))
    .addOption(new Option("--release <name>", "the same for its release"))
    .addOption(new Option("--variant <name>", "the same for its variant"))
    .addOption(new Option("--arch <name>", "the same for its architecture"))
    .addOption(
      new Option("--alias <name>", "give its product this alias, too; may be repeated")
        .argParser((name: string, names: readonly string[]) => [...names, name]).default(
          [],
          "none",
        ),
    )
    .addOption(new Option("--strict", "exit 3 when there are findings"))
    .addOption(
      new Option("--wait <seconds>", "wait so long for another run's lock")
        .argParser(parseSeconds).default(0),
    )
    .action(async (operands: readonly string[], options: Options) => {
      process.exitCode = await runAdd(createSystemPorts(worker), operands, options);
    });
}

async function runAdd(
  ports: SystemPorts,
  operands: readonly string[],
  options: Options,
): Promise<number> {
  const { os, release, variant, arch, alias: aliases, move } = options;
  const { root, files } = sortAddOperands(ports.reader, operands);
  const request = { root, files, names: { os, release, variant, arch }, aliases, move };
  // The lock's own folder must not come to be in a root that is a typing error.
  requireRoot(ports.reader, root);
  const { plan, added } = options.write
    ? await addNow(ports, request, options)
    : { plan: await planAdd(ports, request), added: undefined };
  const findings = sortFindings([...plan.findings, ...added?.findings ?? []]);
  tellFindings(findings, options);
  if (options.json) {
    const { folder, product, version, type, moves, isMove: move, isResumed: resumed } = plan;
    const result = {
      root,
      written: added !== undefined,
      product,
      version,
      type,
      folder,
      move,
      moves,
    };
    const images = added?.images ?? [];
    await writeOut([
      `${JSON.stringify({ command: "add", ...result, resumed, aliases, images, findings })}\n`,
    ]);
  } else if (!options.quiet) {
    await writeOut(added === undefined ? planLines(plan, aliases) : addedLines(plan, added));
  }
  return options.strict && findings.length > 0 ? EXIT.findings : EXIT.done;
}

/** Plans under the lock: what is free when it is planned must be free when it is done. */
async function addNow(
  ports: SystemPorts,
  request: AddRequest,
  options: Options,
): Promise<{ readonly plan: AddPlan; readonly added: AddedImage }> {
  const bar = startProgressBar(ports.clock, { quiet: options.quiet });
  try {
    return await withLock(ports.locker, request.root, {
      waitMs: options.wait * 1000,
      async action() {
        const plan = await planAdd(ports, request);
        const concurrency = ports.cores;
        return { plan, added: await applyAdd(ports, plan, { concurrency, onProgress: bar.show }) };
      },
    });
  } finally {
    bar.clear();
  }
}

function planLines(plan: AddPlan, aliases: readonly string[]): readonly string[] {
  const lines = shellLines(plan, plan.isMove ? "mv" : "cp");
  if (plan.settings === undefined) return lines;
  const comment = `# aliases in ${plan.root}/${plan.settings.path}: ${aliases.join(", ")}`;
  return [...lines, `${printable(comment)}\n`];
}

function addedLines(plan: AddPlan, { images }: AddedImage): readonly string[] {
  const lines = [
    `added ${plan.product}@${plan.version}, ${plan.type}`,
    ...images.length === 0 ? ["  not published: see the findings"] : [],
    ...images.map(({ fingerprint }) => `  fingerprint ${fingerprint}`),
    ...images.slice(0, 1).map(({ aliases }) => `  aliases ${aliases.join(", ") || "none"}`),
  ];
  return lines.map((line) => `${printable(line)}\n`);
}

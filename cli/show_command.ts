import type { Command } from "commander";
import { createSystemPorts, type SystemPorts } from "../core/adapters/system.ts";
import { SimplestreamsError } from "../core/errors.ts";
import { printable } from "../core/format/text.ts";
import { requireRoot } from "../core/index_tree.ts";
import { readPublishedCatalog } from "../core/published_catalog.ts";
import { showImages, type ShownImages } from "../core/show_images.ts";
import { rootPath } from "../core/root_path.ts";
import { EXIT } from "./exit_status.ts";
import { writeOut } from "./output.ts";
import { startProgressBar } from "./progress_bar.ts";
import { showText } from "./show_text.ts";
import { createSubcommand, type SubcommandContext, type SubcommandOptions } from "./subcommand.ts";

/** Returns the sub-command that shows a product or an image in full. */
export function createShowCommand({ worker }: SubcommandContext): Command {
  return createSubcommand("show", {
    usage: "[options] name [rootdir]",
    description:
      "Shows a published product or image in full: files, hashes, aliases, requirements " +
      "with the file that each comes from, and findings.",
    json: "print one JSON object",
    quiet: "no progress",
    notes: [
      "NAME is an alias, which may lead to an image of each architecture and type; a fingerprint, or " +
      "its first digits, three at least; a product's id, for all of its images; or ID@VERSION.",
    ],
    examples: [
      {
        command: "simplestreams show debian/12",
        does: "what the alias leads to",
      },
      {
        command: "simplestreams show 0d5dc8ae4e49 /var/www/html",
        does: "the image with this fingerprint",
      },
      {
        command: "simplestreams show debian:12:amd64:default@20240101_05:24 --json",
        does: "one version, for programs",
      },
    ],
    exit: {
      [EXIT.done]: "done",
      [EXIT.failure]: "usage, failure, or nothing that is called so",
    },
  })
    .argument("<name>", "an alias, a fingerprint or a product's id")
    .argument("[rootdir]", "the directory that is served, with images/ in it", ".")
    .action(async (name: string, rootdir: string, options: SubcommandOptions) => {
      const shown = await show(createSystemPorts(worker), rootPath(rootdir), {
        ...options,
        name,
      });
      await writeOut(
        options.json
          ? [`${JSON.stringify({ command: "show", ...shown })}\n`]
          : showText(shown).map((line) => `${line}\n`),
      );
      process.exitCode = EXIT.done;
    });
}

async function show(
  ports: SystemPorts,
  root: string,
  options: SubcommandOptions & { readonly name: string },
): Promise<ShownImages> {
  const { name } = options;
  requireRoot(ports.reader, root);
  const catalog = readPublishedCatalog(ports.reader, root);
  if (catalog === undefined) {
    throw new SimplestreamsError(
      "NOT_FOUND",
      `Cannot find "${printable(name)}": nothing is published in "${root}", expected what ` +
        "simplestreams -N publishes",
    );
  }
  const bar = startProgressBar(ports.clock, { quiet: options.quiet });
  try {
    return await showImages(ports, root, {
      catalog,
      name,
      concurrency: ports.cores,
      onProgress: bar.show,
    });
  } finally {
    bar.clear();
  }
}

import { type Command, Option } from "commander";
import { createSystemPorts, type SystemPorts } from "../core/adapters/system.ts";
import { readClientCatalog } from "../core/client_catalog.ts";
import { SimplestreamsError } from "../core/errors.ts";
import type { ClientKind } from "../core/format/model.ts";
import { requireRoot } from "../core/index_tree.ts";
import { listImages } from "../core/list_images.ts";
import { type PublishedCatalog, readPublishedCatalog } from "../core/published_catalog.ts";
import { EXIT } from "./exit_status.ts";
import { COLUMN_NAMES, DEFAULT_COLUMNS, parseColumns } from "./image_columns.ts";
import { type Format, formatImages, FORMATS, hasColumns } from "./image_formats.ts";
import { parseListOperands, refuseWordAsRoot } from "./list_operands.ts";
import { tell, writeOut } from "./output.ts";
import { createSubcommand, type SubcommandContext, type SubcommandOptions } from "./subcommand.ts";
import { readTreeCatalog } from "./tree_catalog.ts";

interface Options extends SubcommandOptions {
  readonly format: Format;
  readonly columns?: string;
  readonly client?: ClientKind;
  readonly tree?: boolean;
}

/** Returns the sub-command that lists images. */
export function createListCommand({ worker }: SubcommandContext): Command {
  return createSubcommand("list", {
    usage: "[options] [rootdir] [filter...]",
    description: "Lists the images that are published in a directory, one a row.",
    json: "the same as --format json",
    quiet: "no progress and no hints, only findings and errors",
    notes: [
      `Columns: ${COLUMN_NAMES.join(", ")}.`,
      "Filters are os=, release=, arch= (in any spelling), variant= and type= (container, vm). Of " +
      "the other operands the first is the directory; a word after it must be in an alias, the " +
      "product's id or the version, or begin the fingerprint.",
      "With --client, what makes clients reject the documents is an error here too.",
    ],
    examples: [
      { command: "simplestreams list", does: "what this directory publishes" },
      {
        command: "simplestreams list . cloud --client incus",
        does: 'what Incus shows of "cloud"',
      },
      {
        command: "simplestreams list /var/www/html os=debian arch=x86_64 type=vm",
        does: "Debian's VMs alone",
      },
      {
        command: "simplestreams list --format csv --columns alias,version,size",
        does: "for a spreadsheet",
      },
    ],
    exit: {
      [EXIT.done]: "done, with an empty list too",
      [EXIT.failure]: "usage or failure",
    },
  })
    .argument("[rootdir]", "the directory that is served (default: the current directory)")
    .argument("[filter...]", "NAME=VALUE, or a word")
    .addOption(
      new Option("--format <format>", "how to show them").choices(FORMATS).default("table"),
    )
    .addOption(new Option("--columns <names>", "which columns, with commas between them"))
    .addOption(
      new Option("--client <client>", "what this client shows, under its names")
        .choices(["incus", "lxd"]),
    )
    .addOption(new Option("--tree", "what would be published now, instead of what is"))
    .action(async (rootdir: string | undefined, filters: readonly string[], options: Options) => {
      const operands = rootdir === undefined ? filters : [rootdir, ...filters];
      await runList(createSystemPorts(worker), operands, options);
      process.exitCode = EXIT.done;
    });
}

async function runList(
  ports: SystemPorts,
  operands: readonly string[],
  options: Options,
): Promise<void> {
  const format = options.json ? "json" : options.format;
  if (options.columns !== undefined && !hasColumns(format)) {
    throw new SimplestreamsError(
      "USAGE",
      `Cannot use --columns with the format "${format}": it has whole objects, expected one of ` +
        FORMATS.filter(hasColumns).join(", "),
    );
  }
  const columns = options.columns === undefined ? DEFAULT_COLUMNS : parseColumns(options.columns);
  const { root, query } = parseListOperands(operands);
  refuseWordAsRoot(ports.reader, root);
  requireRoot(ports.reader, root);
  const catalog = await readCatalog(ports, root, options);
  if (catalog === undefined && !options.quiet) {
    tell(
      `simplestreams: nothing is published in "${root}" yet; simplestreams -N publishes what is ` +
        "there, and list --tree shows what that would be",
    );
  }
  const images = catalog ? listImages(catalog, { ...query, client: options.client }) : [];
  const isNoneOfSome = catalog !== undefined && images.length === 0 &&
    listImages(catalog, { words: [] }).length > 0;
  if (isNoneOfSome && !options.quiet) {
    tell("simplestreams: no image fits; all are shown without filters, words and --client");
  }
  await writeOut(await formatImages(images, { format, columns }));
}

async function readCatalog(
  ports: SystemPorts,
  root: string,
  options: Options,
): Promise<PublishedCatalog | undefined> {
  if (options.tree) return await readTreeCatalog(ports, root, options);
  if (options.client === undefined) return readPublishedCatalog(ports.reader, root);
  return readClientCatalog(ports.reader, root, options.client);
}

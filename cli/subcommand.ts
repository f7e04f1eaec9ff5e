import { Command, Option } from "commander";

/** What a sub-command is made with. */
export interface SubcommandContext {
  /** The module that is started as a hash worker. */
  readonly worker: URL;
}

/** Options of every sub-command. */
export interface SubcommandOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What a sub-command says of itself. */
export interface SubcommandText {
  /** What follows its name. */
  readonly usage: string;
  readonly description: string;
  /** What `--json` prints. */
  readonly json: string;
  /** What `--quiet` leaves out. */
  readonly quiet: string;
  /** What follows the options in its help: examples, at least. */
  readonly after: string;
}

/** Returns a sub-command with what all have in common; operands and the rest are its own. */
export function createSubcommand(name: string, text: SubcommandText): Command {
  const { usage, description, json, quiet, after } = text;
  return new Command(`simplestreams ${name}`)
    .usage(usage)
    .description(description)
    .addOption(new Option("--json", json))
    .addOption(new Option("--quiet", quiet))
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", after)
    .showHelpAfterError(
      `usage: simplestreams ${name} ${usage}\nSee simplestreams ${name} --help`,
    );
}

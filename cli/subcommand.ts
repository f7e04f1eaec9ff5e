import { Command, Option } from "commander";
import type { HelpText } from "../core/help_text.ts";
import { documentCommand } from "./documented_command.ts";

/** What a sub-command is made with. */
export interface SubcommandContext {
  /** The module that is started as a hash worker. */
  readonly worker: URL;
  /** Makes the main command and then every sub-command, for what describes them all. */
  readonly loadCommands: () => Promise<readonly Command[]>;
}

/** Options of every sub-command that reads or changes a tree. */
export interface SubcommandOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What a sub-command says of itself. */
export interface SubcommandText extends HelpText {
  /** What `--json` prints; it has no such option otherwise. */
  readonly json?: string;
  /** What `--quiet` leaves out; it has no such option otherwise. */
  readonly quiet?: string;
}

/** Returns a sub-command with what all have in common; operands and the rest are its own. */
export function createSubcommand(name: string, text: SubcommandText): Command {
  const { json, quiet, ...rest } = text;
  const command = documentCommand(new Command(`simplestreams ${name}`), rest);
  if (json !== undefined) command.addOption(new Option("--json", json));
  if (quiet !== undefined) command.addOption(new Option("--quiet", quiet));
  return command;
}

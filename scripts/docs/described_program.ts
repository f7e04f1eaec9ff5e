import type { Argument, Command, Option } from "commander";
import { createCommandContext } from "../../cli/command_context.ts";
import { helpTextOf } from "../../cli/documented_command.ts";
import type { HelpText } from "../../core/help_text.ts";
import { createServerCommand, SERVER_TEXT } from "../../server/server_command.ts";

/** A command as its help shows it. */
export interface DescribedCommand {
  /** With the program's name before it. */
  readonly name: string;
  readonly text: HelpText;
  readonly operands: readonly DescribedTerm[];
  readonly options: readonly DescribedTerm[];
}

/** An operand or an option, and what it is or does. */
export interface DescribedTerm {
  /** As it is written: `-i, --import <srcdir>`. */
  readonly term: string;
  readonly does: string;
}

/** Returns the command line's commands; the first one is the main command. */
export async function describeCommandLine(): Promise<readonly DescribedCommand[]> {
  // No command runs, so no worker starts
  const commands = await createCommandContext(new URL("file:///")).loadCommands();
  return commands.map((command) => describe(command, helpTextOf(command)));
}

/** Returns the server's command. */
export function describeServer(): DescribedCommand {
  return describe(createServerCommand(), SERVER_TEXT);
}

function describe(command: Command, text: HelpText): DescribedCommand {
  return {
    name: command.name(),
    text,
    operands: command.registeredArguments.map((operand) => ({
      term: operand.name(),
      does: withValues(operand),
    })),
    options: command.createHelp().visibleOptions(command).map((option) => ({
      term: option.flags,
      does: withValues(option),
    })),
  };
}

/** As commander's help, but for its quotes. */
function withValues(one: Argument | Option): string {
  const { description, argChoices, defaultValue, defaultValueDescription } = one;
  // A switch has no value to begin with
  const isValue = defaultValue !== undefined && typeof defaultValue !== "boolean";
  const values = [
    ...argChoices === undefined ? [] : [argChoices.join(", ")],
    ...isValue ? [`default: ${defaultValueDescription ?? String(defaultValue)}`] : [],
  ];
  return values.length === 0 ? description : `${description} (${values.join("; ")})`;
}

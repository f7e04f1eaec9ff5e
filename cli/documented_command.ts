import type { Command } from "commander";
import { formatHelpAfter, type HelpText } from "../core/help_text.ts";

const TEXTS = new WeakMap<Command, HelpText>();

/** Gives a command its texts: they are in its help, and for those who ask with `helpTextOf`. */
export function documentCommand(command: Command, text: HelpText): Command {
  TEXTS.set(command, text);
  return command
    .usage(text.usage)
    .description(text.description)
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", () => formatHelpAfter(text))
    .showHelpAfterError(
      `usage: ${command.name()} ${text.usage}\nSee ${command.name()} --help`,
    );
}

/**
 * Returns the texts that a command was given.
 *
 * @throws {TypeError} for a command that was given none
 */
export function helpTextOf(command: Command): HelpText {
  const text = TEXTS.get(command);
  if (text !== undefined) return text;
  throw new TypeError(
    `Cannot describe "${command.name()}": it has no texts, expected those of documentCommand()`,
  );
}

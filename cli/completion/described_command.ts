import type { Argument, Command, Option } from "commander";

/** What is meant at some place of a command line. */
export interface ExpectedWord {
  readonly kind: "choice" | "directory" | "file" | "other";
  /** The words that there are, for a choice. */
  readonly choices: readonly string[];
  /** What it is called in the help. */
  readonly name: string;
}

/** What is meant at some place among the operands, the first of which is 0. */
export interface ExpectedOperand extends ExpectedWord {
  readonly place: number;
  /** Whether it is meant at all later places, too. */
  readonly isRepeated: boolean;
}

/** An option as a shell completes it. */
export interface DescribedOption {
  readonly short?: string;
  readonly long?: string;
  readonly description: string;
  /** What follows it; undefined for a switch. */
  readonly value?: ExpectedWord;
}

/** A command as a shell completes it. */
export interface DescribedCommand {
  /** The sub-command's name; "" for the main command. */
  readonly name: string;
  readonly summary: string;
  readonly options: readonly DescribedOption[];
  readonly operands: readonly ExpectedOperand[];
}

/** Returns what a shell has to know of a command. */
export function describeCommand(command: Command): DescribedCommand {
  return {
    name: command.name().split(" ").slice(1).join(" "),
    summary: command.summary(),
    options: command.createHelp().visibleOptions(command).map(describeOption),
    operands: command.registeredArguments.map((operand, place) => ({
      ...expectedWord(operand.name(), operand),
      place,
      isRepeated: operand.variadic,
    })),
  };
}

/** Returns the spellings of an option. */
export function spellingsOf({ short, long }: DescribedOption): readonly string[] {
  return [short, long].filter((spelling) => spelling !== undefined);
}

/** Returns the words behind which an option's value stands: `-i`, `--import`, and `-Ni` with a switch. */
export function wordsBeforeValue(
  option: DescribedOption,
  { options }: DescribedCommand,
): readonly string[] {
  const { short, value } = option;
  if (value === undefined) return [];
  const switches = short === undefined ? [] : options.filter((other) => other.value === undefined);
  const clusters = switches.flatMap((other) =>
    other.short === undefined ? [] : [`${other.short}${short?.slice(1)}`]
  );
  return [...spellingsOf(option), ...clusters];
}

function describeOption(option: Option): DescribedOption {
  const { short, long, description } = option;
  const name = /[<[]([^\]>.]+)/.exec(option.flags)?.[1];
  return {
    short,
    long,
    description,
    value: name === undefined ? undefined : expectedWord(name, option),
  };
}

/** Tells directories and files by the name of the value: `srcdir`, `rootdir`, `file`. */
function expectedWord(name: string, { argChoices }: Argument | Option): ExpectedWord {
  if (argChoices !== undefined) return { kind: "choice", choices: argChoices, name };
  const kind = /dir(?:ectory)?$/i.test(name) ? "directory" : /file$/i.test(name) ? "file" : "other";
  return { kind, choices: [], name };
}

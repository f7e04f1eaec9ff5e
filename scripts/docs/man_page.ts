import { VERSION } from "../../core/version.ts";
import type { DescribedCommand, DescribedTerm } from "./described_program.ts";

/**
 * Returns the manual page of a program; the first of its commands is the main command.
 *
 * There is no date in it: the same commands give the same page.
 */
export function manPage(
  commands: readonly DescribedCommand[],
  options: { readonly seeAlso: readonly string[] },
): string {
  const [main, ...subcommands] = commands;
  if (main === undefined) throw new RangeError("Cannot describe nothing: expected commands");
  const title = main.name.toUpperCase();
  const lines = [
    '.\\" Made by "npm run docs"; what is written here is lost.',
    `.TH ${code(title)} 1 "" "simplestreams ${VERSION}" "User Commands"`,
    // No hyphens and no wide spaces: they would be in what is to be typed
    ...[".nh", ".ad l"],
    ".SH NAME",
    `${code(main.name)} \\- ${prose(asPhrase(main.text.description))}`,
    ".SH SYNOPSIS",
    ...commands.flatMap((command) => [".PP", synopsis(command)]).slice(1),
    ".SH DESCRIPTION",
    ...paragraphs([main.text.description, ...main.text.notes ?? []]),
    ".SH OPTIONS",
    ...terms(main),
    ...subcommands.length === 0 ? [] : [
      ".SH SUB-COMMANDS",
      "A sub-command is the first word; a directory that is called like one is written ./NAME.",
      ...subcommands.flatMap(subcommandLines),
    ],
    ".SH EXIT STATUS",
    ...exitStatuses(main),
    ".SH EXAMPLES",
    ...examples(main),
    ".SH SEE ALSO",
    ...options.seeAlso.map((page, place, { length }) =>
      `.BR ${code(page)} (1)${place === length - 1 ? "" : ","}`
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function subcommandLines(command: DescribedCommand): readonly string[] {
  const { text, name } = command;
  return [
    `.SS ${code(name)}`,
    synopsis(command),
    ...[text.description, ...text.notes ?? []].flatMap((one) => [".PP", prose(one)]),
    ...terms(command),
    ".PP",
    "Exit status:",
    ...exitStatuses(command),
    ".PP",
    "Examples:",
    ...examples(command),
  ];
}

function synopsis({ name, text }: DescribedCommand): string {
  return `\\fB${code(name)}\\fR ${code(text.usage)}`;
}

function paragraphs(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => [".PP", prose(text)]).slice(1);
}

function terms({ operands, options }: DescribedCommand): readonly string[] {
  return [...operands, ...options].flatMap(({ term, does }: DescribedTerm) => [
    ".TP",
    `\\fB${code(term)}\\fR`,
    prose(does),
  ]);
}

function exitStatuses({ text }: DescribedCommand): readonly string[] {
  return Object.entries(text.exit).flatMap(([status, meaning]) => [
    ".TP",
    status,
    prose(meaning),
  ]);
}

function examples({ text }: DescribedCommand): readonly string[] {
  return text.examples.flatMap(({ command, does }) => [
    ".TP",
    `\\fB${code(command)}\\fR`,
    prose(does),
  ]);
}

/** As NAME has it: no capital, no full stop. */
function asPhrase(sentence: string): string {
  return sentence.slice(0, 1).toLowerCase() + sentence.slice(1).replace(/\.$/, "");
}

/** Returns running text; the hyphens of options in it are what is typed. */
function prose(text: string): string {
  return text.split(" ").map((word) => /^["'(]*-/.test(word) ? code(word) : escape(word)).join(" ");
}

/** Returns what is typed: every sign in it is the one of the keyboard. */
function code(text: string): string {
  return escape(text).replaceAll("-", "\\-").replaceAll("'", "\\(aq").replaceAll("`", "\\(ga");
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("~", "\\(ti").replaceAll("^", "\\(ha")
    // A line that begins with one of these is a request
    .replace(/^(?=[.'])/, "\\&");
}

/** A command line, and what comes of it. */
export interface HelpExample {
  readonly command: string;
  readonly does: string;
}

/** What a command says of itself besides its operands and options; help, man page and README have it. */
export interface HelpText {
  /** What follows its name. */
  readonly usage: string;
  /** A sentence or two. */
  readonly description: string;
  /** The sub-commands' names and summaries, in order. */
  readonly subcommands?: ReadonlyMap<string, string>;
  /** Paragraphs about what its operands and options do not say. */
  readonly notes?: readonly string[];
  /** One at least; none longer than 96 columns. */
  readonly examples: readonly HelpExample[];
  /** What each exit status means. */
  readonly exit: Readonly<Record<number, string>>;
}

// What a terminal shows without being made wider; and what examples may take where one is.
const PROSE_COLUMNS = 80;
const EXAMPLE_COLUMNS = 100;

/**
 * Returns what follows the options in the help: notes, sub-commands, examples and exit statuses.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatHelpAfter } from "./help_text.ts";
 * const text = formatHelpAfter({
 *   usage: "[rootdir]",
 *   description: "Counts images.",
 *   examples: [{ command: "count .", does: "those of this directory" }],
 *   exit: { 0: "done", 1: "usage or failure" },
 * });
 * assert.equal(
 *   text,
 *   "\nExamples:\n  count .  those of this directory\n\nExit status: 0 done; 1 usage or failure",
 * );
 * ```
 */
export function formatHelpAfter(text: HelpText): string {
  const parts = [
    ...(text.notes ?? []).map((note) => wrap(note)),
    ...text.subcommands ? [subcommandLines(text.subcommands)] : [],
    ["Examples:", ...exampleLines(text.examples)],
    wrap(`Exit status: ${exitTexts(text).join("; ")}`),
  ];
  return parts.map((lines) => `\n${lines.join("\n")}`).join("\n");
}

/** Returns `STATUS MEANING` for each exit status, in order. */
function exitTexts({ exit }: HelpText): readonly string[] {
  return Object.entries(exit).map(([status, meaning]) => `${status} ${meaning}`);
}

function subcommandLines(subcommands: ReadonlyMap<string, string>): readonly string[] {
  const width = Math.max(...[...subcommands.keys()].map(({ length }) => length));
  const lines = [...subcommands].map(([name, does]) => `  ${name.padEnd(width)}  ${does}`);
  return ["Sub-commands (NAME --help says more; a directory of that name is ./NAME):", ...lines];
}

/** What the examples do stands beside them, or below them where that would be too wide. */
function exampleLines(examples: readonly HelpExample[]): readonly string[] {
  const width = Math.max(...examples.map(({ command }) => command.length));
  const isBeside = examples.every(({ does }) => 4 + width + does.length <= EXAMPLE_COLUMNS);
  return examples.flatMap(({ command, does }) =>
    isBeside ? [`  ${command.padEnd(width)}  ${does}`] : [`  ${command}`, `      ${does}`]
  );
}

function wrap(text: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > PROSE_COLUMNS) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}

import type { DescribedCommand } from "./described_program.ts";

const COLUMNS = 100;

/** Returns the README's reference of several commands, each below a heading. */
export function commandsReference(commands: readonly DescribedCommand[]): string {
  return commands.map((command) => {
    const { name, text } = command;
    const width = Math.max(...text.examples.map(({ command }) => command.length));
    return [
      `### ${name}`,
      `\`${name} ${text.usage}\``,
      [
        "```sh",
        ...text.examples.map((one) => `${one.command.padEnd(width)}   # ${one.does}`),
        "```",
      ]
        .join("\n"),
      ...[text.description, ...text.notes ?? []].map(prose),
      optionsTable(command),
      prose(
        `Exit status: ${
          Object.entries(text.exit).map(([status, meaning]) => `${status} ${meaning}`).join("; ")
        }.`,
      ),
    ].join("\n\n");
  }).join("\n\n");
}

/** Returns a table of a command's operands and options, as wide as `deno fmt` makes it. */
export function optionsTable({ operands, options }: DescribedCommand): string {
  const rows = [...operands, ...options].map(({ term, does }) => [`\`${term}\``, cell(does)]);
  const table = [["option", "does"], ...rows];
  const widths = [0, 1].map((column) =>
    Math.max(...table.map((cells) => (cells[column] ?? "").length))
  );
  const rule = widths.map((width) => "-".repeat(width));
  const [head = [], ...others] = table;
  return [head, rule, ...others].map((cells) =>
    `| ${cells.map((text, column) => text.padEnd(widths[column] ?? 0)).join(" | ")} |`
  ).join("\n");
}

function cell(text: string): string {
  return markdown(text).replaceAll("|", "\\|");
}

/** Broken where `deno fmt` breaks it. */
function prose(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of markdown(text).split(" ")) {
    if (line !== "" && line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line].join("\n");
}

/** Options become code; other signs lose the meaning that they have in Markdown. */
function markdown(text: string): string {
  return text.split(" ").map((word) => {
    const [, before = "", option, after = ""] = /^([("]*)(--?[A-Za-z][\w-]*)(.*)$/.exec(word) ?? [];
    return option === undefined
      ? word.replace(/[\\*<`[\]]|^_|_$/g, "\\$&")
      : `${before}\`${option}\`${after}`;
  }).join(" ");
}

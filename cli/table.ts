import { printable } from "../core/format/text.ts";
import { displayWidth } from "./display_width.ts";

/** Rows of text below a row of names; each row has as many cells as there are names. */
export interface Table {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Which columns stand at the right. */
  readonly isRight?: readonly boolean[];
}

/** Returns the lines of a table with a frame around it. */
export function framedTable(table: Table): readonly string[] {
  const { names, rows, widths, pad } = measure(table);
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+`;
  const line = (cells: readonly string[]) => `| ${cells.map(pad).join(" | ")} |`;
  return [rule, line(names), rule, ...rows.map(line), rule];
}

/** Returns the lines of a table whose columns have two spaces between them and nothing else. */
export function compactTable(table: Table): readonly string[] {
  const { names, rows, pad } = measure(table);
  return [names, ...rows].map((cells) => cells.map(pad).join("  ").trimEnd());
}

/** Returns the lines of a table in Markdown. */
export function markdownTable({ names, rows, isRight }: Table): readonly string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  // A backslash alone would take the meaning of the next sign
  const cell = (text: string) => printable(text).replace(/[\\|]/g, "\\$&");
  const rule = names.map((_, column) => isRight?.[column] ? "---:" : "---");
  return [line(names), line(rule), ...rows.map((cells) => line(cells.map(cell)))];
}

/** Returns the lines of a table with commas between its cells, without what ends them. */
export function csvTable({ names, rows }: Table): readonly string[] {
  return [names, ...rows].map((cells) => cells.map(csvCell).join());
}

// RFC 4180, 2.6 and 2.7: what has a comma, a quote or a line break is in quotes, quotes are doubled.
// Spaces at the ends are in quotes as well, as some readers cut them off; so is a row of one empty cell.
function csvCell(text: string): string {
  return text === "" || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const PLAIN = /^[\x20-\x7e]*$/;

/** Makes all cells safe for a terminal, and tells what makes those of one column equally wide. */
function measure({ names, rows, isRight }: Table) {
  const widths = names.map(({ length }) => length);
  // Of texts that are not plain; most are, and nothing is quicker than their length
  const shownWidths = new Map<string, number>();
  const safe = rows.map((row) =>
    row.map((cell, column) => {
      const isPlain = PLAIN.test(cell);
      const text = isPlain ? cell : printable(cell);
      const width = isPlain ? text.length : displayWidth(text);
      if (!isPlain) shownWidths.set(text, width);
      widths[column] = Math.max(widths[column] ?? 0, width);
      return text;
    })
  );
  const pad = (text: string, column: number) => {
    const width = shownWidths.size === 0 ? text.length : shownWidths.get(text) ?? text.length;
    const space = " ".repeat((widths[column] ?? 0) - width);
    return isRight?.[column] ? space + text : text + space;
  };
  return {
    names: names.map((name) => name.toUpperCase()),
    rows: safe,
    widths,
    pad,
  };
}

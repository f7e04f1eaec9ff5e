import { FormatError } from "../../core/errors.ts";
import { printable } from "../../core/format/text.ts";

/** A line of a settings file that says something. */
export interface SettingsLine {
  readonly content: string;
  /** From 1. */
  readonly line: number;
}

/** Returns the lines that are neither blank nor begin with `#`, without the spaces around them. */
export function settingsLines(text: string): readonly SettingsLine[] {
  return text.replace(/^\ufeff/, "").split("\n")
    .map((raw, index) => ({ content: raw.trim(), line: index + 1 }))
    .filter(({ content }) => content !== "" && !content.startsWith("#"));
}

/**
 * Returns the error for a line of a settings file.
 *
 * @param what the file's kind, as in "Cannot read the token file"
 */
export function lineError(
  what: string,
  at: { readonly path: string; readonly line: number },
  problem: string,
): FormatError {
  const place = `the ${what} "${printable(at.path)}" at line ${at.line}`;
  return new FormatError(`Cannot read ${place}: ${problem}`, at);
}

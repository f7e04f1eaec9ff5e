import { FormatError } from "../../core/errors.ts";
import { printable } from "../../core/format/text.ts";

/** Returns the error for a file that is no certificate or key that can be used; `problem` says why. */
export function unusableFile(path: string, problem: string, cause?: unknown): FormatError {
  return new FormatError(`Cannot use "${printable(path)}": ${problem}`, { path }, { cause });
}

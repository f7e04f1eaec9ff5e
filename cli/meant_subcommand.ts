import type { TreeReader } from "../core/ports.ts";
import { SimplestreamsError } from "../core/errors.ts";
import { printable } from "../core/format/text.ts";
import { nearName } from "./near_name.ts";
import { SUBCOMMANDS } from "./subcommands.ts";

// What other programs have sub-commands for, and how it is written here
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["help", "--help"],
  ["ls", "list"],
  ["version", "--version"],
]);

/**
 * Returns what was most likely meant by a first word that is neither a sub-command nor a directory,
 * as it is to be written behind the program's name.
 */
export function meantSubcommand(reader: TreeReader, word: string): string | undefined {
  if (!/^[a-z-]+$/i.test(word) || reader.stat(word) !== undefined) return undefined;
  const meant = nearName(word.toLowerCase(), [...ELSEWHERE.keys(), ...SUBCOMMANDS.keys()]);
  return meant === undefined ? undefined : ELSEWHERE.get(meant) ?? meant;
}

/**
 * Refuses a main command's directory that was meant to be something else: a sub-command behind
 * options, or one that is spelt wrongly.
 *
 * @param words the whole command line; behind "--" every word is a directory
 * @throws {SimplestreamsError} `USAGE`
 */
export function refuseMeantSubcommand(
  reader: TreeReader,
  rootdir: string,
  words: readonly string[],
): void {
  if (words.includes("--")) return;
  if (SUBCOMMANDS.has(rootdir)) {
    throw new SimplestreamsError(
      "USAGE",
      `Cannot use options before "${rootdir}": it is a sub-command, expected ` +
        `"simplestreams ${rootdir}" and then options, or "./${rootdir}" for the directory`,
    );
  }
  const meant = meantSubcommand(reader, rootdir);
  if (meant === undefined) return;
  throw new SimplestreamsError(
    "USAGE",
    `Cannot use "${printable(rootdir)}": there is no such directory or sub-command, expected ` +
      `a directory, or "simplestreams ${meant}"`,
  );
}

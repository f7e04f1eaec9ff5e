import { resolve } from "node:path";
import { run } from "./run.ts";

/**
 * Runs the program under test in the project's folder and returns its stdout: the bundle, or what
 * `SIMPLESTREAMS_COMMAND` says instead (words parted by single spaces).
 */
export function runSimplestreams(...args: readonly string[]): Promise<string> {
  const other = process.env.SIMPLESTREAMS_COMMAND;
  const [command, ...first] = other === undefined
    ? [process.execPath, resolve("dist/simplestreams.mjs")]
    : other.split(" ");
  return run(command ?? "", [...first, ...args], { directory: process.cwd() });
}

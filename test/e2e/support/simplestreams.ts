import { COMMAND } from "../../support/command.ts";
import { run } from "./run.ts";

/** Runs the program under test in the project's folder and returns its stdout. */
export function runSimplestreams(...args: readonly string[]): Promise<string> {
  const [command = "", ...first] = COMMAND;
  return run(command, [...first, ...args], { directory: process.cwd() });
}

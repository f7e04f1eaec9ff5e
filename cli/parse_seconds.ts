import { InvalidArgumentError } from "commander";

/** Returns the value of `--wait`. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== "" && seconds >= 0 && seconds <= 1e6) return seconds;
  throw new InvalidArgumentError("Expected a number of seconds, 0 or more.");
}

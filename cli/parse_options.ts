import { InvalidArgumentError } from "commander";
import { DURATION_FORMS, readDuration } from "../core/format/duration.ts";
import { parseJobCount } from "../core/job_count.ts";

/** Returns the number of jobs that an option asks for. */
export function parseJobs(text: string): number {
  try {
    return parseJobCount(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InvalidArgumentError(error.message);
  }
}

/** Returns for how many seconds an option says to wait. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== "" && seconds >= 0 && seconds <= 1e6) return seconds;
  throw new InvalidArgumentError("Expected a number of seconds, 0 or more.");
}

/** Returns the milliseconds of a time with its unit. */
export function parseTime(text: string): number {
  const ms = readDuration(text);
  if (ms !== undefined) return ms;
  throw new InvalidArgumentError(`Expected ${DURATION_FORMS}.`);
}

/** Returns a number of things of which there is one at least. */
export function parseCount(text: string): number {
  const number = Number(text);
  if (/^[0-9]{1,6}$/.test(text) && number >= 1) return number;
  throw new InvalidArgumentError("Expected a whole number from 1.");
}

import { InvalidArgumentError } from "commander";
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

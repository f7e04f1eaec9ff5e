import { InvalidArgumentError } from "commander";

/** Returns the number of jobs that an option asks for. */
export function parseJobs(text: string): number {
  const jobs = Number(text);
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= 256) return jobs;
  throw new InvalidArgumentError("Expected a whole number from 1 to 256.");
}

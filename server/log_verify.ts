import type { Log } from "./log.ts";
import type { VerifyRun } from "./verify_runs.ts";

/** Tells the log what verifying came to, in one line; who asked for it has the findings. */
export function logVerify(log: Log, { fast, startedAt, finishedAt, result }: VerifyRun): void {
  const { counts, findings } = result;
  const ms = finishedAt.getTime() - startedAt.getTime();
  const errors = findings.filter(({ severity }) => severity === "error").length;
  log.say(
    "info",
    `verify (${
      fast ? "fast, " : ""
    }${ms} ms): ${counts.versions} versions, ${counts.files} files, ` +
      `${counts.hashedFiles} read; ${errors} errors, ${findings.length - errors} warnings`,
  );
}

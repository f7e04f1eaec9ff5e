import { ERROR_STATUS, errorCodeOf } from "../core/errors.ts";

/** Every exit status of the command line; each command says what those mean that it has. */
export const EXIT = {
  /** Done; findings are no failure unless --strict is given. */
  done: 0,
  /** Wrong usage, or it could not be done; the documents are as they were. */
  failure: 1,
  /** Done, with findings, under --strict; an error of the documents, for `verify`. */
  findings: 3,
  /** Another run holds the lock. */
  locked: 4,
  interrupted: 130,
  terminated: 143,
} as const;

/** Returns the exit status for an error. */
export function exitStatusOf(error: unknown): number {
  const code = errorCodeOf(error);
  return code === undefined ? EXIT.failure : ERROR_STATUS[code].exit;
}

/** The stable codes of all errors that this package throws on purpose. */
export type ErrorCode =
  | "USAGE"
  | "NOT_FOUND"
  | "EXISTS"
  | "FORMAT"
  | "REFUSED"
  | "LOCKED"
  | "STORAGE";

/** What the outside world is told for each code: exit status of the CLI, status of an HTTP answer. */
export const ERROR_STATUS: Readonly<
  Record<ErrorCode, { readonly exit: number; readonly http: number }>
> = {
  USAGE: { exit: 1, http: 400 },
  NOT_FOUND: { exit: 1, http: 404 },
  EXISTS: { exit: 1, http: 409 },
  FORMAT: { exit: 1, http: 422 },
  REFUSED: { exit: 1, http: 409 },
  LOCKED: { exit: 4, http: 503 },
  STORAGE: { exit: 1, http: 507 },
};

/** An error with a stable `code`; callers act on the code, people read the message. */
export class SimplestreamsError extends Error {
  override readonly name: string = "SimplestreamsError";
  constructor(readonly code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** A document or settings file that breaks its format; `line` and `column` count from 1. */
export class FormatError extends SyntaxError {
  override readonly name = "FormatError";
  readonly code = "FORMAT";
  constructor(
    message: string,
    readonly where: {
      readonly path?: string;
      readonly line?: number;
      readonly column?: number;
    } = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Several bad files at once, all named, so that one run shows everything there is to mend. */
export class BadFilesError extends SimplestreamsError {
  override readonly name = "BadFilesError";
  constructor(readonly errors: readonly FormatError[]) {
    super("FORMAT", errors.map((error) => error.message).join("\n"));
  }
}

/** What a platform said no to, in words that do not depend on the runtime. */
export type StorageReason =
  | "missing"
  | "exists"
  | "denied"
  | "read-only"
  | "full"
  | "cross-device"
  | "not-a-directory"
  | "not-empty"
  | "no-links"
  | "other";

/** A file system call that did not succeed; only adapters make these. */
export class StorageError extends SimplestreamsError {
  override readonly name = "StorageError";
  constructor(
    readonly reason: StorageReason,
    readonly path: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(reason === "missing" ? "NOT_FOUND" : "STORAGE", message, options);
  }
}

/** Returns the code of any error: its own, or undefined for one that nobody planned. */
export function errorCodeOf(error: unknown): ErrorCode | undefined {
  return error instanceof SimplestreamsError || error instanceof FormatError
    ? error.code
    : undefined;
}

/** Returns whether an error is a storage error with one of the given reasons. */
export function isStorageError(
  error: unknown,
  ...reasons: readonly StorageReason[]
): error is StorageError {
  return error instanceof StorageError && (reasons.length === 0 || reasons.includes(error.reason));
}

import type { Finding } from "../core/format/finding.ts";
import { STATUS_CODES } from "node:http";
import {
  BadFilesError,
  ERROR_STATUS,
  type ErrorCode,
  FormatError,
  isStorageError,
  SimplestreamsError,
} from "../core/errors.ts";

/** The stable codes of all problems that the service answers with. */
export type ProblemCode =
  | ErrorCode
  | "BAD_JSON"
  | "BODY_TOO_LARGE"
  | "FINDINGS"
  | "FORBIDDEN"
  | "INTERNAL"
  | "INVALID"
  | "MEDIA_TYPE"
  | "METHOD_NOT_ALLOWED"
  | "NO_ROUTE"
  | "NOT_READY"
  | "PRECONDITION_FAILED"
  | "TOO_MANY_REQUESTS"
  | "UNAUTHORIZED"
  | "UNKNOWN_FIELD";

/** The status of each code: the core's own, and those of what only HTTP can say no to. */
export const PROBLEM_STATUS: Readonly<Record<ProblemCode, number>> = {
  USAGE: ERROR_STATUS.USAGE.http,
  NOT_FOUND: ERROR_STATUS.NOT_FOUND.http,
  EXISTS: ERROR_STATUS.EXISTS.http,
  FORMAT: ERROR_STATUS.FORMAT.http,
  REFUSED: ERROR_STATUS.REFUSED.http,
  LOCKED: ERROR_STATUS.LOCKED.http,
  STORAGE: ERROR_STATUS.STORAGE.http,
  BAD_JSON: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NO_ROUTE: 404,
  METHOD_NOT_ALLOWED: 405,
  PRECONDITION_FAILED: 412,
  BODY_TOO_LARGE: 413,
  MEDIA_TYPE: 415,
  FINDINGS: 422,
  INVALID: 422,
  UNKNOWN_FIELD: 422,
  TOO_MANY_REQUESTS: 429,
  INTERNAL: 500,
  NOT_READY: 503,
};

/** A problem as it goes out, `application/problem+json` (RFC 9457). */
export interface ProblemBody {
  readonly type: "about:blank";
  /** The status in words. */
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly [member: string]: unknown;
}

/** Ends a request with a problem; handlers throw it. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly extras: {
      readonly headers?: Readonly<Record<string, string>>;
      /** Further members of the body. */
      readonly members?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    super(message);
  }
}

/** Returns the body of a problem. */
export function problemBody(
  code: ProblemCode,
  detail: string,
  members: Readonly<Record<string, unknown>> = {},
): ProblemBody {
  const status = PROBLEM_STATUS[code];
  return {
    type: "about:blank",
    title: STATUS_CODES[status] ?? "",
    status,
    code,
    detail,
    ...members,
  };
}

/** Returns the answer for a problem. */
export function problemResponse(
  body: ProblemBody,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`${JSON.stringify(body)}\n`, {
    status: body.status,
    headers: {
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
      ...headers,
    },
  });
}

/**
 * Returns any error as a problem. What nobody planned becomes INTERNAL without its message, which
 * the log has.
 *
 * @param root is cut off from paths in messages: clients know the tree from its top only
 */
export function toProblem(error: unknown, root: string): HttpProblem {
  if (error instanceof HttpProblem) return error;
  const say = (message: string) => withoutRoot(message, root);
  if (error instanceof BadFilesError) {
    return new HttpProblem("FORMAT", say(error.message), {
      members: { errors: error.errors.map((one) => describeFormatError(one, root)) },
    });
  }
  if (error instanceof FormatError) {
    const members = { errors: [describeFormatError(error, root)] };
    return new HttpProblem("FORMAT", say(error.message), { members });
  }
  if (isStorageError(error, "denied", "other")) return internalProblem();
  if (error instanceof SimplestreamsError) {
    const headers = error.code === "LOCKED" ? { "Retry-After": "10" } : undefined;
    return new HttpProblem(error.code, say(error.message), { headers });
  }
  return internalProblem();
}

function internalProblem(): HttpProblem {
  return new HttpProblem(
    "INTERNAL",
    "Something inside went wrong that was not planned for; the log of the server has more, " +
      "under this request's ID",
  );
}

function describeFormatError({ message, where }: FormatError, root: string) {
  return { message: withoutRoot(message, root), ...where };
}

/**
 * Returns a message with paths from the root on: clients know the tree from its top only. Cut off only
 * where a path begins: a root such as "data" may be the end of another name, too.
 */
export function withoutRoot(message: string, root: string): string {
  return [`"`, " "].reduce((text, mark) => text.replaceAll(`${mark}${root}/`, mark), message);
}

/** Returns findings whose messages name paths from the root on. */
export function findingsWithoutRoot(
  findings: readonly Finding[],
  root: string,
): readonly Finding[] {
  return findings.map((one) => ({ ...one, message: withoutRoot(one.message, root) }));
}

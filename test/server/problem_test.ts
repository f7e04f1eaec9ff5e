import assert from "node:assert/strict";
import { test } from "node:test";
import { warning } from "../../core/format/finding.ts";
import { BadFilesError, FormatError, SimplestreamsError, StorageError } from "../../core/errors.ts";
import {
  findingsWithoutRoot,
  HttpProblem,
  PROBLEM_STATUS,
  problemBody,
  problemResponse,
  toProblem,
} from "../../server/problem.ts";

const ROOT = "/srv/images-root";

test("PROBLEM_STATUS has a status for each code", () => {
  assert.deepEqual(PROBLEM_STATUS, {
    USAGE: 400,
    BAD_JSON: 400,
    UNAUTHORIZED: 401,
    FORBIDDEN: 403,
    NOT_FOUND: 404,
    NO_ROUTE: 404,
    METHOD_NOT_ALLOWED: 405,
    EXISTS: 409,
    REFUSED: 409,
    PRECONDITION_FAILED: 412,
    BODY_TOO_LARGE: 413,
    MEDIA_TYPE: 415,
    FORMAT: 422,
    FINDINGS: 422,
    INVALID: 422,
    UNKNOWN_FIELD: 422,
    TOO_MANY_REQUESTS: 429,
    INTERNAL: 500,
    LOCKED: 503,
    NOT_READY: 503,
    STORAGE: 507,
  });
});

test("problemBody() has the members of RFC 9457, and those that are given", () => {
  assert.deepEqual(problemBody("NOT_FOUND", "Cannot find it", { requestId: "1" }), {
    type: "about:blank",
    title: "Not Found",
    status: 404,
    code: "NOT_FOUND",
    detail: "Cannot find it",
    requestId: "1",
  });
});

test("problemResponse() says its type, and that nobody is to keep it", async () => {
  const response = problemResponse(problemBody("LOCKED", "Later"), { "Retry-After": "10" });
  assert.equal(response.status, 503);
  assert.equal(response.headers.get("Content-Type"), "application/problem+json");
  assert.equal(response.headers.get("Cache-Control"), "no-store");
  assert.equal(response.headers.get("Retry-After"), "10");
  const text = await response.text();
  assert.ok(text.endsWith("}\n"));
  assert.equal(JSON.parse(text).title, "Service Unavailable");
});

test("toProblem() leaves a problem as it is", () => {
  const problem = new HttpProblem("FORBIDDEN", "Cannot take it");
  assert.equal(toProblem(problem, ROOT), problem);
});

test("toProblem() keeps code and message of what the core throws, without the root", () => {
  for (
    const [error, code, message] of [
      [new SimplestreamsError("REFUSED", "Cannot do it"), "REFUSED", "Cannot do it"],
      [
        new StorageError("missing", `${ROOT}/images/a`, `Cannot read "${ROOT}/images/a": gone`),
        "NOT_FOUND",
        'Cannot read "images/a": gone',
      ],
      [
        new StorageError("full", `${ROOT}/a`, `Cannot write ${ROOT}/a: the disk is full`),
        "STORAGE",
        "Cannot write a: the disk is full",
      ],
    ] as const
  ) {
    const problem = toProblem(error, ROOT);
    assert.deepEqual([problem.code, problem.message], [code, message]);
  }
});

test("toProblem() takes only the root itself away, not what ends like it", () => {
  const error = new SimplestreamsError("REFUSED", 'Cannot use "images/mydata/x" or "data/y"');
  assert.equal(toProblem(error, "data").message, 'Cannot use "images/mydata/x" or "y"');
  assert.equal(toProblem(error, ".").message, error.message);
});

test("toProblem() tells where a file is broken", () => {
  const where = { path: "images/a/.requirements", line: 2, column: 3 };
  const error = new FormatError(`Cannot read "${ROOT}/images/a/.requirements"`, where);
  const { code, message, extras } = toProblem(error, ROOT);
  assert.deepEqual([code, message], ["FORMAT", 'Cannot read "images/a/.requirements"']);
  assert.deepEqual(extras.members, { errors: [{ message, ...where }] });
});

test("toProblem() tells of every broken file", () => {
  const errors = ["a", "b"].map((name) => new FormatError(`Cannot read "${name}"`, { path: name }));
  const { code, extras } = toProblem(new BadFilesError(errors), ROOT);
  assert.equal(code, "FORMAT");
  assert.deepEqual(extras.members, {
    errors: [
      { message: 'Cannot read "a"', path: "a" },
      { message: 'Cannot read "b"', path: "b" },
    ],
  });
});

test("toProblem() says when to try again where a lock is held", () => {
  const { extras } = toProblem(new SimplestreamsError("LOCKED", "Cannot index now"), ROOT);
  assert.deepEqual(extras.headers, { "Retry-After": "10" });
});

test("toProblem() keeps to itself what nobody planned, and what the system said no to", () => {
  for (
    const error of [
      new TypeError("secret"),
      "secret",
      undefined,
      new StorageError("denied", "/secret", "Cannot read /secret: secret"),
      new StorageError("other", "/secret", "Cannot read /secret: secret"),
    ]
  ) {
    const { code, message, extras } = toProblem(error, ROOT);
    assert.equal(code, "INTERNAL");
    assert.doesNotMatch(JSON.stringify([message, extras]), /secret/);
  }
});

test("findingsWithoutRoot() names paths from the top of the tree", () => {
  const message = `left out: Cannot read the directory "${ROOT}/images/a": permission denied`;
  const finding = warning("FILE_UNREADABLE", "images/a", message);
  assert.deepEqual(findingsWithoutRoot([finding], ROOT), [{
    ...finding,
    message: 'left out: Cannot read the directory "images/a": permission denied',
  }]);
});

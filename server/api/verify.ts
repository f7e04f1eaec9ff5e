import { createRoute } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import type { ServerEnvironment } from "../environment.ts";
import { findingsWithoutRoot } from "../problem.ts";
import type { VerifyRun, VerifyRuns } from "../verify_runs.ts";
import { answer, type ApiApp, problems } from "./api_app.ts";
import { verified, verifyQuery } from "./verify_schemas.ts";

/** What the route that verifies needs. */
export interface VerifyServices {
  readonly verifyRuns: VerifyRuns;
  /** Who may have the server read gigabytes. */
  readonly guard: MiddlewareHandler<ServerEnvironment>;
}

/** Adds the route that holds the documents against the files. */
export function addVerify(app: ApiApp, { verifyRuns, guard }: VerifyServices): void {
  const route = createRoute({
    method: "get",
    path: "/verify",
    tags: ["verify"],
    summary: "Hold the documents against the files",
    description: "Reads every file that is listed. Asked for while that is under way, it is " +
      "shared: `startedAt` says since when. Takes a token as a write does",
    request: { query: verifyQuery },
    middleware: [guard] as const,
    responses: {
      200: answer(verified, "What was found, errors too"),
      ...problems("INVALID", "UNKNOWN_FIELD", "FORBIDDEN", "NOT_READY", "NOT_FOUND"),
    },
  });
  app.openapi(route, async (context) => {
    const { fast = false } = context.req.valid("query");
    return context.json(verifiedBody(await verifyRuns.verify({ fast })), 200);
  });
}

/** Without the root: it is the server's own affair. */
function verifiedBody({ fast, startedAt, finishedAt, result }: VerifyRun) {
  const { counts, findings, root } = result;
  return {
    fast,
    startedAt: startedAt.toISOString(),
    ms: finishedAt.getTime() - startedAt.getTime(),
    counts,
    findings: findingsWithoutRoot(findings, root),
  };
}

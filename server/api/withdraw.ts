import { createRoute, z } from "@hono/zod-openapi";
import type { WithdrawResult } from "../../core/withdraw.ts";
import { findingsWithoutRoot, HttpProblem } from "../problem.ts";
import type { Withdrawer } from "../run_withdraw.ts";
import { answer, type ApiApp, writeProblems } from "./api_app.ts";
import { parseQuery } from "./parse_query.ts";
import { pruneBody, pruneQuery, removeQuery, withdrawn } from "./withdraw_schemas.ts";

const PROBLEMS = [
  ...["INVALID", "UNKNOWN_FIELD", "FORMAT", "NOT_FOUND"] as const,
  ...["REFUSED", "LOCKED", "STORAGE"] as const,
] as const;

const pruneRoute = createRoute({
  method: "post",
  path: "/prune",
  tags: ["prune"],
  summary: "Take old versions out, and remove what has been out",
  description: "A version leaves the documents first; its files go at a later call, when it has " +
    "been out for the grace. Without a policy only what is due is removed. The newest version of " +
    "a product always stays",
  request: {
    query: pruneQuery,
    body: { content: { "application/json": { schema: pruneBody } }, required: false },
  },
  responses: {
    200: answer(withdrawn, "What left and what was removed"),
    ...writeProblems(...PROBLEMS),
  },
});

const removeRoute = createRoute({
  method: "delete",
  path: "/images/{name}",
  tags: ["images"],
  summary: "Take an image, a version or a product out",
  description: "By a fingerprint or its first digits, ID@VERSION or a product's id; an alias is " +
    "refused. Its files go when it has been out for the grace, at a later call or prune",
  request: {
    params: z.object({ name: z.string().openapi({ example: "debian:12:amd64:default@20240101" }) }),
    query: removeQuery,
  },
  responses: {
    200: answer(withdrawn, "What left and what was removed"),
    ...writeProblems(...PROBLEMS, "USAGE"),
  },
});

/** Adds the routes that take images out of the documents. */
export function addWithdraw(
  app: ApiApp,
  { withdraw }: { readonly withdraw: Withdrawer },
): void {
  app.openapi(pruneRoute, async (context) => {
    const asked = { ...context.req.valid("query"), ...context.req.valid("json") };
    const { keep, maxAge, incomplete, grace, orphans, dryRun, allowEmpty } = asked;
    const result = await withdraw({
      ...{ what: "prune", write: !dryRun, keep, orphans, allowEmpty },
      ...{ maxAgeMs: maxAge, incompleteMs: incomplete, graceMs: grace },
    });
    return context.json(withdrawnBody(result), 200);
  });

  app.openAPIRegistry.registerPath(removeRoute);
  // Not by app.openapi(), so that it shares its path with the route that shows: aliases have slashes.
  app.delete("/images/:name{.+}", async (context) => {
    const { dryRun, grace, allowEmpty } = parseQuery(removeQuery, context);
    refuseFields(await context.req.text());
    const name = context.req.param("name");
    const options = { write: !dryRun, graceMs: grace, allowEmpty };
    return context.json(withdrawnBody(await withdraw({ what: "remove", name, ...options })));
  });
}

/** A dry run that is asked for in the body, as that of POST /prune is, would delete. */
function refuseFields(body: string): void {
  if (body === "" || ["{}", "null"].includes(body.trim())) return;
  throw new HttpProblem(
    "INVALID",
    "Cannot use the body: DELETE takes none, expected what it is to do in the query, as ?dryRun=true",
  );
}

/** Without the root: it is the server's own affair. */
function withdrawnBody({ root, ...result }: WithdrawResult) {
  return {
    ...result,
    delete: result.delete.map((one) => ({ ...one, since: one.since.toISOString() })),
    wait: result.wait.map((one) => ({ ...one, until: one.until.toISOString() })),
    findings: findingsWithoutRoot(result.findings, root),
  };
}

import { createRoute, z } from "@hono/zod-openapi";
import { SimplestreamsError } from "../../core/errors.ts";
import type { IndexResult } from "../../core/index_tree.ts";
import { parseSelection } from "../../core/selection.ts";
import { findingsWithoutRoot, HttpProblem } from "../problem.ts";
import type { ReindexRun, ReindexRuns } from "../reindex_runs.ts";
import { answer, type ApiApp, problems, writeProblems } from "./api_app.ts";
import { noQuery } from "./parse_query.ts";
import { reindexBody, reindexed, reindexQuery, run, runList } from "./schemas.ts";

const TAGS = ["reindex"];

const submitRoute = createRoute({
  method: "post",
  path: "/reindex",
  tags: TAGS,
  summary: "Index the tree and publish",
  description: "Asked for while a run is under way, it joins the one common run that comes next. " +
    "That one writes if any who asked wants it to: `written` says so. " +
    "With `Prefer: respond-async` it is not waited for, and `strict` says nothing.",
  request: {
    query: reindexQuery,
    body: { content: { "application/json": { schema: reindexBody } }, required: false },
    headers: z.object({ prefer: z.string().optional() }),
  },
  responses: {
    200: answer(reindexed, "What the run came to"),
    202: {
      ...answer(run, "The run, which goes on; Location says where to look"),
      headers: { Location: { schema: { type: "string" } } },
    },
    ...writeProblems(
      ...["FORMAT", "FINDINGS", "INVALID", "UNKNOWN_FIELD", "USAGE", "NOT_FOUND"] as const,
      ...["REFUSED", "LOCKED", "NOT_READY", "STORAGE"] as const,
    ),
  },
});

const listRoute = createRoute({
  method: "get",
  path: "/reindex",
  tags: TAGS,
  summary: "List the last 100 runs",
  request: { query: noQuery },
  responses: { 200: answer(runList, "The newest first"), ...problems("UNKNOWN_FIELD") },
});

const showRoute = createRoute({
  method: "get",
  path: "/reindex/{run}",
  tags: TAGS,
  summary: "Show a run",
  request: { params: z.object({ run: z.string() }), query: noQuery },
  responses: {
    200: answer(run, "How far it is, or what it came to"),
    ...problems("NOT_FOUND", "UNKNOWN_FIELD"),
  },
});

/** Adds the routes that index. */
export function addReindex(app: ApiApp, runs: ReindexRuns): void {
  app.openapi(submitRoute, async (context) => {
    const request = readRequest(context.req.valid("json") ?? {}, context.req.valid("query"));
    const { strict, ...wanted } = request;
    const submitted = runs.submit(wanted, "api");
    const found = runs.find(submitted.id);
    if (prefersAsync(context.req.valid("header").prefer) && found !== undefined) {
      context.header("Location", `/api/v1/reindex/${submitted.id}`);
      context.header("Preference-Applied", "respond-async");
      return context.json(runBody(found), 202);
    }
    const body = reindexedBody(await submitted.finished);
    if (strict && body.findings.length > 0) {
      throw new HttpProblem(
        "FINDINGS",
        `The run is done and has ${body.findings.length} findings, expected none under "strict"`,
        { members: { reindex: body } },
      );
    }
    return context.json(body, 200);
  });

  app.openapi(listRoute, (context) => context.json({ runs: runs.list().map(runBody) }, 200));

  app.openapi(showRoute, (context) => {
    const { run } = context.req.valid("param");
    const found = runs.find(run);
    if (found !== undefined) return context.json(runBody(found), 200);
    throw new SimplestreamsError(
      "NOT_FOUND",
      "Cannot show the run: this server does not know it, expected one of its last 100 runs; " +
        "GET /api/v1/reindex lists them",
    );
  });
}

/**
 * Returns what a finished run came to.
 *
 * @throws {HttpProblem} the one that ended it
 * @throws {Error} for the log alone, when nobody planned what ended it
 */
export function reindexedBody(run: ReindexRun) {
  if (run.result !== undefined) {
    return { run: run.id, ms: durationOf(run) ?? 0, ...resultBody(run.result) };
  }
  if (run.cause !== undefined) {
    throw new Error(`Index run ${run.id} ended: ${run.cause.message}`, { cause: run.cause });
  }
  const { code, detail, status: _status, title: _title, type: _type, ...members } = run.problem ??
    { code: "INTERNAL", detail: "", status: 500, title: "", type: "about:blank" };
  const headers = code === "LOCKED" ? { "Retry-After": "10" } : undefined;
  throw new HttpProblem(code, detail, { members: { ...members, run: run.id }, headers });
}

function readRequest(body: z.infer<typeof reindexBody>, query: z.infer<typeof reindexQuery>) {
  const listed = query.products === undefined ? undefined : [query.products].flat();
  const products = body.products ?? listed?.flatMap((text) => text.split(","));
  // Said no to before anything is queued; the worker reads it again.
  if (products !== undefined) parseSelection(products);
  return {
    dryRun: body.dryRun ?? query.dryRun ?? false,
    rehash: body.rehash ?? query.rehash ?? false,
    strict: body.strict ?? query.strict ?? false,
    products,
  };
}

function prefersAsync(prefer: string | undefined): boolean {
  return prefer?.split(",").some((one) => one.trim().toLowerCase() === "respond-async") ?? false;
}

function runBody(run: ReindexRun) {
  const { id, queuedAt, startedAt, finishedAt, result, cause: _cause, ...rest } = run;
  return {
    run: id,
    ...rest,
    queuedAt: queuedAt.toISOString(),
    startedAt: startedAt?.toISOString(),
    finishedAt: finishedAt?.toISOString(),
    ms: durationOf(run),
    result: result && resultBody(result),
  };
}

/** Without the root: it is the server's own affair. */
function resultBody({ root, ...result }: IndexResult) {
  return { ...result, findings: findingsWithoutRoot(result.findings, root) };
}

function durationOf({ startedAt, finishedAt }: ReindexRun): number | undefined {
  return startedAt && finishedAt && finishedAt.getTime() - startedAt.getTime();
}

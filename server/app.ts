import { type Context, Hono, type MiddlewareHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import type { AccessRules } from "./access_rules.ts";
import { type ApiApp, createApiApp } from "./api/api_app.ts";
import { limitBody, requireJson } from "./api/body_rules.ts";
import { addImages, type ImageServices } from "./api/images.ts";
import { addOpenApi } from "./api/openapi.ts";
import { addProducts } from "./api/products.ts";
import { addReindex } from "./api/reindex.ts";
import { addRequirements, type RequirementsServices } from "./api/requirements.ts";
import { addVerify, type VerifyServices } from "./api/verify.ts";
import { addWithdraw } from "./api/withdraw.ts";
import type { ServerEnvironment } from "./environment.ts";
import { createHealth, type HealthServices } from "./health.ts";
import type { Log } from "./log.ts";
import { refuseOtherMethods } from "./other_methods.ts";
import { HttpProblem, problemBody, problemResponse, toProblem } from "./problem.ts";
import { recordRequests } from "./record_requests.ts";
import type { Withdrawer } from "./run_withdraw.ts";

/** All that the app is put together from. */
export interface AppServices
  extends HealthServices, RequirementsServices, ImageServices, Omit<VerifyServices, "guard"> {
  readonly log: Log;
  readonly access: AccessRules;
  /** The folders of image files that are served, `images` and others. */
  readonly streams: readonly string[];
  /** Serves them and streams/. */
  readonly tree: Hono<ServerEnvironment>;
  readonly withdraw: Withdrawer;
  readonly newId: () => string;
}

const READS = new Set(["GET", "HEAD"]);
const NO_ROUTE =
  "There is nothing here, expected /images/, /streams/ or /api/v1/; see /api/v1/docs";

/** Returns the whole service: the tree, the API, and what supervisors ask. */
export function createApp(services: AppServices): Hono<ServerEnvironment> {
  const { root, streams, log, metrics, access, newId } = services;
  const app = new Hono<ServerEnvironment>();
  app.use(recordRequests({ log, metrics, newId }));
  function answerError(error: Error, context: Context<ServerEnvironment>): Response {
    const problem = toProblem(asProblem(error), root);
    const requestId = context.get("requestId");
    // Where it was made a problem already, the log has it already.
    if (problem.code === "INTERNAL" && problem !== error) {
      log.say("error", `request ${requestId}: ${error.stack ?? error.message}`);
    }
    const { code, message, extras } = problem;
    return problemResponse(problemBody(code, message, { ...extras.members, requestId }), {
      ...extras.headers,
      "X-Request-Id": requestId,
    });
  }
  app.onError(answerError);
  // Answered, not thrown: an error from here would pass by what records the request.
  app.notFound((context) => answerError(new HttpProblem("NO_ROUTE", NO_ROUTE), context));
  if (access.tree !== undefined) {
    for (const folder of [...streams, "streams"]) app.use(`/${folder}/*`, access.tree);
  }
  app.route("/", services.tree);
  for (const path of ["/healthz", "/readyz", "/metrics", "/api/*"]) app.use(path, addHeaders);
  if (access.reads !== undefined) app.use("/metrics", access.reads);
  app.route("/", createHealth(services));
  app.use("/api/*", waitLong, guardApi(access), limitBody, requireJson);
  app.route("/api/v1", createApi(services));
  return app;
}

function createApi(services: AppServices): ApiApp {
  const api = createApiApp();
  addProducts(api, services.published);
  addImages(api, services);
  addWithdraw(api, services);
  addVerify(api, { verifyRuns: services.verifyRuns, guard: services.access.writes });
  addReindex(api, services.runs);
  addRequirements(api, services);
  addOpenApi(api);
  refuseOtherMethods(api);
  return api;
}

function guardApi({ reads, writes }: AccessRules): MiddlewareHandler<ServerEnvironment> {
  return async (context, next) => {
    const rule = READS.has(context.req.method) ? reads : writes;
    if (rule === undefined) await next();
    else await rule(context, next);
  };
}

/** An index run may hash for an hour before there is anything to send, and the connection is quiet. */
const waitLong: MiddlewareHandler<ServerEnvironment> = (context, next) => {
  context.env?.incoming?.socket.setTimeout(0);
  return next();
};

// Not of the tree: a header that is added to an answer has all of it copied, and files are many.
const addHeaders: MiddlewareHandler<ServerEnvironment> = async (context, next) => {
  await next();
  if (!context.res.headers.has("Cache-Control")) context.header("Cache-Control", "no-store");
  context.header("X-Content-Type-Options", "nosniff");
  context.header("X-Request-Id", context.get("requestId"));
};

/** What Hono itself throws, such as for a path that is not UTF-8, in this service's words. */
function asProblem(error: Error): Error {
  if (!(error instanceof HTTPException) || error.status >= 500) return error;
  return new HttpProblem("INVALID", `Cannot use the request: ${error.message}`);
}

import { OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi";
import type { Hook } from "@hono/zod-openapi";
import type { ServerEnvironment } from "../environment.ts";
import { PROBLEM_STATUS, type ProblemCode } from "../problem.ts";
import { misfitProblem } from "./misfits.ts";
import { problem } from "./schemas.ts";

/** An app whose routes are checked by their schemas and described by them. */
export type ApiApp = OpenAPIHono<ServerEnvironment>;

/** Returns an empty one; what does not fit its schema is thrown as a problem. */
export function createApiApp(): ApiApp {
  return new OpenAPIHono<ServerEnvironment>({ strict: false, defaultHook: throwMisfits });
}

const throwMisfits: Hook<unknown, ServerEnvironment, string, unknown> = (found) => {
  if (!found.success) throw misfitProblem(found.error.issues);
};

/** Returns the answers of a route that are problems, for its description. */
export function problems(...codes: readonly ProblemCode[]): RouteConfig["responses"] {
  const all: readonly ProblemCode[] = [...codes, "UNAUTHORIZED", "TOO_MANY_REQUESTS", "INTERNAL"];
  const responses: RouteConfig["responses"] = {};
  for (const code of all) {
    const status = PROBLEM_STATUS[code];
    const shared = all.filter((other) => PROBLEM_STATUS[other] === status);
    responses[status] = {
      description: shared.join(", "),
      content: { "application/problem+json": { schema: problem } },
    };
  }
  return responses;
}

/** The same for a route that changes something: who may, and what comes with it, is looked at too. */
export function writeProblems(...codes: readonly ProblemCode[]): RouteConfig["responses"] {
  return problems(...codes, "BAD_JSON", "FORBIDDEN", "BODY_TOO_LARGE", "MEDIA_TYPE");
}

/** Returns a JSON answer of a route, for its description. */
export function answer<Schema extends z.ZodType>(schema: Schema, description: string) {
  return { description, content: { "application/json": { schema } } };
}

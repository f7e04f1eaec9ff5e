import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { ServerEnvironment } from "../environment.ts";
import { misfitProblem } from "./misfits.ts";

/** The query of a route that takes none. */
export const noQuery = z.strictObject({});

/**
 * Returns a request's query as its schema has it, for routes that their path keeps from being checked
 * by the description: what is said twice is a list, as it is there.
 *
 * @throws {HttpProblem} naming what does not fit
 */
export function parseQuery<Schema extends z.ZodType>(
  schema: Schema,
  context: Context<ServerEnvironment>,
): z.output<Schema> {
  const given = Object.entries(context.req.queries());
  const query = schema.safeParse(
    Object.fromEntries(
      given.map(([name, values]) => [name, values.length > 1 ? values : values[0]]),
    ),
  );
  if (query.success) return query.data;
  throw misfitProblem(query.error.issues);
}

import type { Hono } from "hono";
import type { ServerEnvironment } from "./environment.ts";
import { HttpProblem } from "./problem.ts";

/** Says 405 where a path is known and the method is not; routes that are added later are not seen. */
export function refuseOtherMethods(app: Hono<ServerEnvironment>): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    if (method === "ALL") continue;
    const known = methods.get(path) ?? new Set();
    methods.set(path, known.add(method).add(method === "GET" ? "HEAD" : method));
  }
  for (const [path, known] of methods) {
    const allow = [...known].sort().join(", ");
    app.all(path, (context) => {
      throw new HttpProblem(
        "METHOD_NOT_ALLOWED",
        `Cannot ${context.req.method} this, expected one of ${allow}`,
        { headers: { Allow: allow } },
      );
    });
  }
}

import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { countSent } from "./count_sent.ts";
import { clientAddress, type ServerEnvironment } from "./environment.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

const REQUEST_ID = /^[\w.-]{1,64}$/;

/**
 * Gives every request an ID, and tells log and metrics of it when its answer has gone out or its
 * client has gone away.
 *
 * @param newId makes IDs where the client sends none in `X-Request-Id`
 */
export function recordRequests(options: {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly newId: () => string;
}): MiddlewareHandler<ServerEnvironment> {
  const { log, metrics, newId } = options;
  return async (context, next) => {
    const start = performance.now();
    // Now: when the connection has ended, nobody knows it any more.
    const address = clientAddress(context.env);
    const asked = context.req.header("X-Request-Id") ?? "";
    const id = REQUEST_ID.test(asked) ? asked : newId();
    const outgoing = context.env?.outgoing;
    const sent = outgoing === undefined ? () => 0 : countSent(outgoing);
    context.set("requestId", id);
    await next();
    const { method, path } = context.req;
    // The last one that matches; all match the one of this middleware.
    const route = routePath(context, -1).replace(/^\/\*$/, "none");

    function record(): void {
      const ms = performance.now() - start;
      const status = outgoing?.statusCode ?? context.res.status;
      const bytes = sent();
      metrics.countRequest({ method, route, status, bytes, seconds: ms / 1000 });
      log.request({
        ...{ method, path, status, bytes, ms: Math.round(ms * 10) / 10, id },
        agent: context.req.header("User-Agent") ?? "-",
        address,
        user: context.get("user"),
      });
    }
    if (outgoing === undefined || outgoing.closed) record();
    else outgoing.once("close", record);
  };
}

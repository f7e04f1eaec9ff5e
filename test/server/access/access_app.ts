import { Hono, type MiddlewareHandler } from "hono";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { ServerEnvironment } from "../../../server/environment.ts";
import { problemBody, problemResponse, toProblem } from "../../../server/problem.ts";

/** What came of a request: status, body, and the headers that say how to get in. */
export interface AccessAnswer {
  readonly status: number;
  readonly text: string;
  readonly challenge: string | null;
  readonly retryAfter: string | null;
}

/** Sends a request from an address, "" for one without a socket, with headers. */
export type Ask = (
  address: string,
  headers: Readonly<Record<string, string>>,
) => Promise<AccessAnswer>;

/** Returns requests to a service that answers `hello USER` to those whom the middleware lets in. */
export function serveBehind(middleware: MiddlewareHandler<ServerEnvironment>): Ask {
  const app = new Hono<ServerEnvironment>();
  app.onError((error) => {
    const { code, message, extras } = toProblem(error, "/srv");
    return problemResponse(problemBody(code, message), extras.headers);
  });
  app.use(middleware);
  app.post("/", (context) => context.text(`hello ${context.get("user")}`));
  return async (address, headers) => {
    const bindings = address === "" ? undefined : { incoming: incomingFrom(address) };
    const response = await app.request("/", { method: "POST", headers }, bindings);
    return {
      status: response.status,
      text: await response.text(),
      challenge: response.headers.get("WWW-Authenticate"),
      retryAfter: response.headers.get("Retry-After"),
    };
  };
}

function incomingFrom(remoteAddress: string): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, "remoteAddress", { value: remoteAddress });
  return new IncomingMessage(socket);
}

import type { HttpBindings } from "@hono/node-server";

/** What a handler can ask of its request beside what is in it. */
export interface ServerEnvironment {
  /** The runtime's own request and answer; absent where a test calls the app without a socket. */
  readonly Bindings: Partial<HttpBindings>;
  readonly Variables: {
    /** Names the request in the log, in the answer and in a problem. */
    readonly requestId: string;
    /** Who showed a token, by its name. */
    readonly user?: string;
  };
}

/** The address of the client, or "local" for a call without a socket. */
export function clientAddress(bindings: Partial<HttpBindings> | undefined): string {
  return bindings?.incoming?.socket.remoteAddress ?? "local";
}

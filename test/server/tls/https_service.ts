import { once } from "node:events";
import { createServer, request, type Server } from "node:https";
import type { TestContext } from "node:test";

/** An https server that answers "hello" to everybody. */
export interface HttpsService {
  readonly server: Server;
  /** Asks it over a new connection, as a client that trusts these certificates only. */
  readonly ask: (ca: string, host?: string) => Promise<string>;
}

/** Starts an https server on a free port of 127.0.0.1; it ends with the test. */
export async function serveHttps(
  test: TestContext,
  { cert, key }: { readonly cert: string; readonly key: string },
): Promise<HttpsService> {
  const server = createServer({ cert, key }, (_request, response) => response.end("hello"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  test.after(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  function ask(ca: string, host = "localhost"): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = { host, port, ca, agent: false, family: 4 };
      request(options, async (response) => {
        const pieces = [];
        for await (const piece of response) pieces.push(piece);
        resolve(Buffer.concat(pieces).toString());
      }).on("error", reject).end();
    });
  }
  return { server, ask };
}

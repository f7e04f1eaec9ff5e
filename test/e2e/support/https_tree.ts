import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { join, normalize } from "node:path";
import { pipeline } from "node:stream/promises";
import { workDirectory } from "./work_directory.ts";

/** A root that is served over https, and what was asked of it. */
export interface ServedTree {
  /** Where the root is, without a slash at the end. */
  readonly url: string;
  /** Paths below the root that were sent in full, in order. */
  readonly sent: readonly string[];
  readonly close: () => Promise<void>;
}

/** Serves a root under a sub-path of `https://localhost`, on a port the system chooses. */
export async function serveTree(root: string): Promise<ServedTree> {
  const sent: string[] = [];
  const server = createServer({
    key: await readFile(join(workDirectory(), "localhost.key")),
    cert: await readFile(join(workDirectory(), "localhost.crt")),
  }, (request, response) => {
    answer(root, request, response).then((path) => {
      if (path !== undefined) sent.push(path);
    }, () => response.destroy());
  });
  // Each file is first tried over plain http on this port; that must fail at once.
  server.on("tlsClientError", (_cause, socket) => socket.destroy());
  const port = await listen(server);
  // A test that breaks off before it can close its server must still let the process end.
  server.unref();
  return { url: `https://localhost:${port}/mirror`, sent, close: () => close(server) };
}

async function answer(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<string | undefined> {
  const { pathname } = new URL(request.url ?? "/", "https://localhost");
  const path = normalize(decodeURIComponent(pathname)).replace(/^\/mirror\//, "");
  const isHidden = path.split("/").some((name) => name === "" || name.startsWith("."));
  const found = isHidden ? undefined : await stat(join(root, path)).catch(() => undefined);
  if (found === undefined || !found.isFile()) {
    response.writeHead(404).end();
    return undefined;
  }
  response.writeHead(200, { "Content-Length": found.size });
  if (request.method === "HEAD") {
    response.end();
    return undefined;
  }
  await pipeline(createReadStream(join(root, path)), response);
  return path;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address !== null) resolve(address.port);
      else reject(new TypeError("Cannot read the port of the https server"));
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

import { readdirSync, readlinkSync } from "node:fs";
import { type Agent, createServer, type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { createSystemPorts } from "../../../core/adapters/system.ts";
import type { ServerEnvironment } from "../../../server/environment.ts";
import { problemBody, problemResponse, toProblem } from "../../../server/problem.ts";
import type { PublishedItem } from "../../../core/format/published_images.ts";
import { createTree, type TreeOptions } from "../../../server/tree/tree.ts";
import { makeTempDirectory } from "../../support/temp_directory.ts";
import { type Files, LONG_AGO, writeFiles } from "../../support/trees.ts";

/** When the documents of tests are from, in milliseconds: after all of their files. */
export const DOCUMENT_TIME = LONG_AGO.getTime() + 1000;

/** The reader of the runtime that this is; no test here starts a worker. */
export const { reader: READER } = createSystemPorts(new URL(import.meta.url));

/** A root with files, the app that serves it, and what it said. */
export interface Stage {
  /** A temporary directory of which the root is a part. */
  readonly directory: string;
  readonly root: string;
  readonly app: Hono<ServerEnvironment>;
  readonly missing: readonly string[];
  readonly troubles: readonly string[];
}

/** Puts files into a new root and serves it. */
export function makeStage(test: TestContext, files: Files, options: {
  readonly items?: readonly PublishedItem[];
  readonly tree?: Partial<TreeOptions>;
} = {}): Stage {
  const directory = makeTempDirectory(test);
  const root = join(directory, "root");
  writeFiles(root, files);
  const missing: string[] = [];
  const troubles: string[] = [];
  const app = new Hono<ServerEnvironment>();
  app.onError((error) => {
    const { code, message, extras } = toProblem(error, root);
    return problemResponse(problemBody(code, message, extras.members), extras.headers);
  });
  app.route(
    "/",
    createTree({
      root,
      streams: ["images", "daily"],
      reader: READER,
      followSymlinks: false,
      findItem: (path) => options.items?.find((item) => item.path === path),
      documentTime: () => DOCUMENT_TIME,
      onMissing: (path) => missing.push(path),
      onTrouble: (message) => troubles.push(message),
      ...options.tree,
    }),
  );
  return { directory, root, app, missing, troubles };
}

/** Has an app listen on a port of its own until the test ends. */
export async function listen(test: TestContext, app: Stage["app"]): Promise<number> {
  const server = createServer(getRequestListener(app.fetch));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  test.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("Expected a port");
  return address.port;
}

/** An answer as it came over the network, nothing unpacked. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The client's end of the connection. */
  readonly localPort: number | undefined;
}

/** Asks a server on this machine. */
export function ask(port: number, path: string, options: {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Keeps connections; each request has one of its own without. */
  readonly agent?: Agent;
} = {}): Promise<Answer> {
  const { method = "GET", headers = {}, agent = false } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: "127.0.0.1", port, path, method, headers, agent },
      (incoming) => {
        const pieces: Uint8Array[] = [];
        const { localPort } = incoming.socket;
        incoming.on("data", (piece) => pieces.push(piece));
        incoming.on("error", reject);
        incoming.on("end", () => {
          const { statusCode: status = 0, headers } = incoming;
          resolve({ status, headers, body: Buffer.concat(pieces), localPort });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end();
  });
}

/** Sends bytes as they are and returns all that comes back until the server hangs up. */
export function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const pieces: Uint8Array[] = [];
    const socket = connect(port, "127.0.0.1", () => socket.write(Buffer.from(text, "latin1")));
    socket.on("data", (piece) => pieces.push(piece));
    // A server may hang up on what is no HTTP.
    socket.on("error", () => {});
    socket.on("close", () => resolve(Buffer.concat(pieces).toString("latin1")));
  });
}

/** Asks for a target exactly as it is written; returns head and body. */
export function getRaw(port: number, target: string): Promise<string> {
  return sendRaw(port, `GET ${target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n`);
}

/** Returns the files below a directory that this process has open. */
export function openFilesIn(directory: string): readonly string[] {
  return readdirSync("/proc/self/fd").map((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      return "";
    }
  }).filter((path) => path.startsWith(`${directory}/`));
}

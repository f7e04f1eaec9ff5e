import type { TestContext } from "node:test";
import { type ServerProcess, startServer } from "../../support/server_process.ts";
import { tlsDirectory } from "./work_directory.ts";

/** A root that a server process of its own serves over https. */
export interface ServedRoot {
  /** Without a slash at the end. */
  readonly url: string;
  /** "localhost:PORT", for a URL with a password. */
  readonly place: string;
  readonly server: ServerProcess;
}

/**
 * Serves a root until the test ends, with the certificate that the server makes for itself unless
 * `args` say otherwise.
 */
export async function serveRoot(
  test: Pick<TestContext, "after">,
  root: string,
  args: readonly string[] = [],
): Promise<ServedRoot> {
  const tls = args.includes("--tls-cert") ? [] : ["--tls-self-signed", tlsDirectory()];
  const server = await startServer(test, [...tls, ...args, root]);
  const place = `localhost:${server.port}`;
  return { url: `https://${place}`, place, server };
}

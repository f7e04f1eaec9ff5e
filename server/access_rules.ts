import type { MiddlewareHandler } from "hono";
import { parseHtpasswd } from "./access/htpasswd.ts";
import { isLoopback } from "./access/loopback.ts";
import { onlyLocal } from "./access/only_local.ts";
import { createPasswordChecker } from "./access/password_checker.ts";
import { requireBasic } from "./access/require_basic.ts";
import { requireToken } from "./access/require_token.ts";
import { createSlowDown, type SlowDownPorts } from "./access/slow_down.ts";
import { parseTokenFile } from "./access/token_file.ts";
import type { ServerEnvironment } from "./environment.ts";
import type { ServerOptions } from "./options.ts";
import { openReloadingFile } from "./reloading_file.ts";
import { whyNotSecret } from "./secret_file.ts";

/** Who may do what. */
export interface AccessRules {
  /** Of everything that changes something. */
  readonly writes: MiddlewareHandler<ServerEnvironment>;
  /** Of the API's reads and the metrics; everybody without it. */
  readonly reads?: MiddlewareHandler<ServerEnvironment>;
  /** Of images/ and streams/; everybody without it. */
  readonly tree?: MiddlewareHandler<ServerEnvironment>;
}

/**
 * Returns the rules that the options ask for; the files are read again whenever they change.
 *
 * @throws {FormatError} when the token file or the htpasswd file cannot be used
 * @throws {StorageError} when one cannot be read
 */
export function createAccessRules(
  ports: SlowDownPorts & { readonly onTrouble: (message: string) => void },
  options: Pick<
    ServerOptions,
    "insecure" | "listen" | "protectReads" | "readAuth" | "tokenFile"
  >,
): AccessRules {
  const { tokenFile, readAuth, protectReads } = options;
  const { onTrouble } = ports;
  const slowDown = createSlowDown(ports);
  for (const file of [tokenFile, readAuth]) {
    const problem = file && whyNotSecret(file);
    if (problem) onTrouble(problem);
  }
  const token = tokenFile === undefined ? undefined : requireToken({
    tokens: openReloadingFile(tokenFile, { parse: parseTokenFile, onTrouble }),
    slowDown,
  });
  const tree = readAuth === undefined ? undefined : requireBasic({
    users: openReloadingFile(readAuth, { parse: parseHtpasswd, onTrouble }),
    passwords: createPasswordChecker(),
    slowDown,
  });
  return {
    writes: token ?? (isOpen(options) ? letThrough : onlyLocal()),
    reads: protectReads ? token : undefined,
    tree,
  };
}

/** Whether the operator said that anybody on the network may write. */
function isOpen({ insecure, listen }: Pick<ServerOptions, "insecure" | "listen">): boolean {
  return (insecure ?? false) && !isLoopback(listen.host);
}

const letThrough: MiddlewareHandler<ServerEnvironment> = (_context, next) => next();

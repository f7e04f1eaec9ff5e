import type { MiddlewareHandler } from "hono";
import { clientAddress, type ServerEnvironment } from "../environment.ts";
import { HttpProblem } from "../problem.ts";
import type { ReloadingFile } from "../reloading_file.ts";
import type { HtpasswdEntry } from "./htpasswd.ts";
import type { Credentials, PasswordChecker } from "./password_checker.ts";
import type { SlowDown } from "./slow_down.ts";

/** What the check of users and passwords needs. */
export interface BasicAccess {
  readonly users: ReloadingFile<readonly HtpasswdEntry[]>;
  readonly passwords: PasswordChecker;
  readonly slowDown: SlowDown;
}

/**
 * Returns middleware that lets through who has a right user and password (RFC 7617); it throws
 * `HttpProblem` `UNAUTHORIZED`, or `TOO_MANY_REQUESTS` after too many wrong ones.
 */
export function requireBasic(access: BasicAccess): MiddlewareHandler<ServerEnvironment> {
  return async (context, next) => {
    const [, encoded] = /^Basic +(.*)$/i.exec(context.req.header("Authorization") ?? "") ?? [];
    if (encoded === undefined) {
      throw unauthorized("no user and password, expected an Authorization: Basic header with them");
    }
    const address = clientAddress(context.env);
    const credentials = parseCredentials(encoded.trimEnd());
    const user = credentials && await whoHas(access, { credentials, address });
    if (user === undefined) {
      if (credentials === undefined) await access.slowDown.countWrong(address);
      throw unauthorized(
        "the user or the password is wrong, expected those of the server's htpasswd file; " +
          "a password has at most 72 bytes",
      );
    }
    context.set("user", user);
    await next();
  };
}

async function whoHas(access: BasicAccess, { credentials, address }: {
  readonly credentials: Credentials;
  readonly address: string;
}): Promise<string | undefined> {
  let isCounted = false;
  const isRight = await access.passwords.isRight(access.users.current(), credentials, {
    // Counted as wrong before it is known: many at one time are slowed, too, and cost no hash.
    async beforeHash() {
      await access.slowDown.countWrong(address);
      isCounted = true;
    },
  });
  if (!isRight) return undefined;
  if (isCounted) access.slowDown.takeBack(address);
  return credentials.user;
}

function parseCredentials(encoded: string): Credentials | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) return undefined;
  const text = decodeUtf8(Buffer.from(encoded, "base64"));
  const colon = text?.indexOf(":") ?? -1;
  // deno-lint-ignore no-control-regex -- RFC 7617, 2: user and password have no control characters
  if (text === undefined || colon === -1 || /[\u0000-\u001f\u007f]/.test(text)) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function unauthorized(problem: string): HttpProblem {
  return new HttpProblem("UNAUTHORIZED", `Cannot let the request in: ${problem}`, {
    headers: { "WWW-Authenticate": `Basic realm="simplestreams", charset="UTF-8"` },
  });
}

import type { MiddlewareHandler } from "hono";
import { clientAddress, type ServerEnvironment } from "../environment.ts";
import { HttpProblem } from "../problem.ts";
import type { ReloadingFile } from "../reloading_file.ts";
import type { SlowDown } from "./slow_down.ts";
import { type KnownToken, whoseToken } from "./token_file.ts";

/** What the check of tokens needs. */
export interface TokenAccess {
  readonly tokens: ReloadingFile<readonly KnownToken[]>;
  readonly slowDown: SlowDown;
}

/**
 * Returns middleware that lets through who has a token in `Authorization: Bearer` (RFC 6750); it
 * throws `HttpProblem` `UNAUTHORIZED`, or `TOO_MANY_REQUESTS` after too many wrong ones.
 */
export function requireToken(access: TokenAccess): MiddlewareHandler<ServerEnvironment> {
  return async (context, next) => {
    const [, token] = /^Bearer +(.*)$/i.exec(context.req.header("Authorization") ?? "") ?? [];
    if (token === undefined) {
      throw unauthorized("no token, expected an Authorization: Bearer header with one", "");
    }
    const name = whoseToken(access.tokens.current(), token.trimEnd());
    if (name === undefined) {
      await access.slowDown.countWrong(clientAddress(context.env));
      throw unauthorized(
        "the token is none of those known here, expected one of the server's token file",
        `, error="invalid_token"`,
      );
    }
    context.set("user", name);
    await next();
  };
}

function unauthorized(problem: string, challenge: string): HttpProblem {
  return new HttpProblem("UNAUTHORIZED", `Cannot let the request in: ${problem}`, {
    headers: { "WWW-Authenticate": `Bearer realm="simplestreams"${challenge}` },
  });
}

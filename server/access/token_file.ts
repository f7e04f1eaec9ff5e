import { createHash, timingSafeEqual } from "node:crypto";
import { lineError, settingsLines } from "./settings_lines.ts";

const FILE = "token file";
const MIN_LENGTH = 16;
const HINT = `"openssl rand -hex 32" makes one`;

/** A bearer token that opens the API; the token itself is not kept. */
export interface KnownToken {
  /** Unique; `token-N`, N counting the tokens from 1, for one without a name. */
  readonly name: string;
  readonly sha256: Uint8Array;
}

/**
 * Returns the tokens of a file: one a line, `name:token` or `token`; lines that are blank or start
 * with `#` say nothing. Errors name lines only, as even a name may turn out to be half a token.
 *
 * @throws {FormatError} for a line that is no such thing, a name or token that comes twice, and no token
 */
export function parseTokenFile(text: string, path: string): readonly KnownToken[] {
  const tokens: (KnownToken & { readonly line: number })[] = [];
  for (const { content, line } of settingsLines(text)) {
    const refuse = (problem: string) => lineError(FILE, { path, line }, problem);
    const colon = content.indexOf(":");
    const token = content.slice(colon + 1);
    const name = colon === -1 ? `token-${tokens.length + 1}` : content.slice(0, colon);
    if (!/^[!-9;-~]+$/.test(name)) {
      throw refuse(`the name before ":" is empty or not of printable ASCII without spaces`);
    }
    if (!/^[!-~]*$/.test(token)) {
      throw refuse("a token with spaces or not of printable ASCII, which no request can carry");
    }
    if (token.length < MIN_LENGTH) {
      throw refuse(
        `a token that is too short to be safe, expected at least ${MIN_LENGTH} characters; ${HINT}`,
      );
    }
    const sha256 = digest(token);
    const twin = tokens.find((other) => timingSafeEqual(other.sha256, sha256));
    if (twin !== undefined) throw refuse(`the token of line ${twin.line} again, expected another`);
    const namesake = tokens.find((other) => other.name === name);
    if (namesake !== undefined) {
      throw refuse(`the name of line ${namesake.line} again, expected another`);
    }
    tokens.push({ name, sha256, line });
  }
  if (tokens.length === 0) {
    throw lineError(FILE, { path, line: 1 }, `no token, expected at least one; ${HINT}`);
  }
  return tokens.map(({ name, sha256 }) => ({ name, sha256 }));
}

/** Returns whose token it is, in a time that does not depend on it; undefined for nobody's. */
export function whoseToken(known: readonly KnownToken[], token: string): string | undefined {
  const sha256 = digest(token);
  let owner: string | undefined;
  for (const { name, sha256: expected } of known) {
    if (timingSafeEqual(sha256, expected)) owner = name;
  }
  return owner;
}

function digest(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}

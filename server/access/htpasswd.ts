import { lineError, settingsLines } from "./settings_lines.ts";

const FILE = "htpasswd file";
// bcrypt as Apache, PHP and the BSDs write it: version, cost, 22 characters of salt and 31 of hash.
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
// As `htpasswd -C`: each step more doubles the time, and 18 takes half a minute.
const MIN_COST = 4;
const MAX_COST = 17;

/** Somebody who may read, by name and bcrypt hash. */
export interface HtpasswdEntry {
  /** Unique. */
  readonly user: string;
  /** `$2y$COST$SALTHASH`, or with `2a` or `2b`. */
  readonly hash: string;
}

/**
 * Returns the entries of an htpasswd file, `user:hash` a line; lines that are blank or start with
 * `#` say nothing.
 *
 * @throws {FormatError} for a line that is no such thing, a hash other than bcrypt, a user that comes
 * twice, and no entry
 */
export function parseHtpasswd(text: string, path: string): readonly HtpasswdEntry[] {
  const entries: (HtpasswdEntry & { readonly line: number })[] = [];
  for (const { content, line } of settingsLines(text)) {
    const refuse = (problem: string) => lineError(FILE, { path, line }, problem);
    const colon = content.indexOf(":");
    if (colon < 1) throw refuse("no user and hash, expected USER:HASH");
    const [user, hash] = [content.slice(0, colon), content.slice(colon + 1)];
    const cost = BCRYPT.exec(hash)?.[1];
    if (cost === undefined) {
      throw refuse(
        `a hash that is ${describeHash(hash)}, expected a complete one of bcrypt ($2y$...); ` +
          `"htpasswd -B FILE USER" asks for the password and writes one`,
      );
    }
    if (Number(cost) < MIN_COST || Number(cost) > MAX_COST) {
      throw refuse(
        `a hash of cost ${cost}, expected ${MIN_COST} to ${MAX_COST}; ` +
          `"htpasswd -B -C 10 FILE USER" writes one`,
      );
    }
    const namesake = entries.find((other) => other.user === user);
    if (namesake !== undefined) throw refuse(`the user of line ${namesake.line} again`);
    entries.push({ user, hash, line });
  }
  if (entries.length === 0) {
    throw lineError(
      FILE,
      { path, line: 1 },
      `no user, expected at least one; "htpasswd -B FILE USER" adds one`,
    );
  }
  return entries.map(({ user, hash }) => ({ user, hash }));
}

function describeHash(hash: string): string {
  if (hash.startsWith("$2")) return "cut short or not whole";
  if (hash.startsWith("$apr1$")) return "of MD5";
  if (hash.startsWith("{SHA}")) return "of SHA-1";
  if (hash.startsWith("$5$")) return "of SHA-256";
  if (hash.startsWith("$6$")) return "of SHA-512";
  return "of crypt, plain text or something else";
}

import { compare } from "bcryptjs";
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { HttpProblem } from "../problem.ts";
import type { HtpasswdEntry } from "./htpasswd.ts";
import { createOneAtATime } from "./one_at_a_time.ts";

// bcrypt reads no more and says nothing of the rest: a longer password would be as good as its beginning.
const MAX_PASSWORD_BYTES = 72;
const MAX_WAITING = 50;

/** A user's name and password, as a request has them. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Tells right passwords from wrong ones and remembers the right ones. */
export interface PasswordChecker {
  /**
   * Returns whether a user has this password. A user whom nobody knows takes as long as a wrong
   * password, as does one that is longer than bcrypt can tell apart.
   *
   * @throws {HttpProblem} `TOO_MANY_REQUESTS` when too many passwords wait to be checked
   */
  isRight(entries: readonly HtpasswdEntry[], credentials: Credentials, options: {
    /** Called before time is spent on a hash, and waited for; what it throws ends the check. */
    readonly beforeHash: () => Promise<void>;
  }): Promise<boolean>;
}

/**
 * Returns a checker that remembers nothing so far. A bcrypt hash costs its time on the thread that
 * serves everybody, so that only one is made at a time, and none for what was right before.
 *
 * @param matches tells whether a password has a bcrypt hash
 */
export function createPasswordChecker(
  matches: (password: string, hash: string) => Promise<boolean> = compare,
): PasswordChecker {
  const key = randomBytes(32);
  const hashes = createOneAtATime(MAX_WAITING);
  // Weak, as a file that is read again brings new entries: what was right by the old is forgotten.
  const right = new WeakMap<HtpasswdEntry, Uint8Array>();
  const running = new Map<string, Promise<boolean>>();

  function digest(...texts: readonly string[]): Buffer {
    return createHmac("sha256", key).update(JSON.stringify(texts)).digest();
  }

  async function check(
    known: HtpasswdEntry | undefined,
    decoy: HtpasswdEntry | undefined,
    password: string,
  ): Promise<boolean> {
    const entry = known ?? decoy;
    if (entry === undefined) return false;
    const result = hashes.run(() => matches(password, entry.hash));
    if (result === undefined) throw tooManyWaiting();
    const fits = Buffer.byteLength(password) <= MAX_PASSWORD_BYTES && !password.includes("\0");
    return (await result) && known !== undefined && fits;
  }

  return {
    async isRight(entries, { user, password }, { beforeHash }) {
      const known = entries.find((entry) => entry.user === user);
      const mark = digest(user, password, known?.hash ?? "");
      const remembered = known && right.get(known);
      if (remembered !== undefined && timingSafeEqual(remembered, mark)) return true;
      // Of two requests with the same credentials at one time, the second waits for the first.
      const name = mark.toString("hex");
      const twin = running.get(name);
      if (twin !== undefined) return await twin;
      // Costs may differ: somebody unknown takes those of one of the known, always of the same.
      const decoy = entries[digest(user).readUInt32BE() % entries.length];
      const outcome = beforeHash().then(() => check(known, decoy, password));
      running.set(name, outcome);
      try {
        const isRight = await outcome;
        if (isRight && known !== undefined) right.set(known, mark);
        return isRight;
      } finally {
        running.delete(name);
      }
    },
  };
}

function tooManyWaiting(): HttpProblem {
  return new HttpProblem(
    "TOO_MANY_REQUESTS",
    `Cannot check the password: ${MAX_WAITING} others wait for their turn, expected fewer; ` +
      "try again in some seconds",
    { headers: { "Retry-After": "5" } },
  );
}

import type { Clock } from "../../core/ports.ts";
import { HttpProblem } from "../problem.ts";
import { addressGroup } from "./address_group.ts";

const WINDOW_MS = 60_000;
const FREE_ATTEMPTS = 10;
const WAIT_MS = 1000;
const MAX_WAITING = 20;
const MAX_ADDRESSES = 10_000;

/** Makes guessing slow: counts the wrong attempts of each address within the last minute. */
export interface SlowDown {
  /**
   * Counts a wrong attempt; from the eleventh in a minute on it resolves a second later, one after
   * the other at one address.
   * @throws {HttpProblem} `TOO_MANY_REQUESTS` when 20 wait at the address already
   */
  countWrong(address: string): Promise<void>;
  /** Takes the last attempt of an address back, which was counted before it turned out right. */
  takeBack(address: string): void;
}

interface Attempts {
  /** Times of the last ones, oldest first, in milliseconds since the epoch. */
  readonly times: number[];
  waiting: number;
  queue: Promise<void>;
}

/** What the slow-down needs: the time, and a way to let it pass. */
export interface SlowDownPorts {
  readonly clock: Pick<Clock, "now">;
  readonly sleep: (durationMs: number) => Promise<void>;
}

/** Returns a slow-down that has counted nothing so far and remembers 10,000 addresses at most. */
export function createSlowDown({ clock, sleep }: SlowDownPorts): SlowDown {
  const known = new Map<string, Attempts>();

  function attemptsOf(address: string): Attempts {
    const group = addressGroup(address);
    const attempts = known.get(group) ?? { times: [], waiting: 0, queue: Promise.resolve() };
    // A Map keeps the order of insertion: the first is the one that was quiet for longest.
    known.delete(group);
    known.set(group, attempts);
    if (known.size > MAX_ADDRESSES) {
      for (const oldest of known.keys()) {
        known.delete(oldest);
        break;
      }
    }
    return attempts;
  }

  return {
    async countWrong(address) {
      const attempts = attemptsOf(address);
      const now = clock.now().getTime();
      const recent = attempts.times.filter((time) => time <= now && time > now - WINDOW_MS);
      const isSlowed = recent.length >= FREE_ATTEMPTS;
      if (isSlowed && attempts.waiting >= MAX_WAITING) throw tooMany(attempts.waiting);
      attempts.times.splice(0, attempts.times.length, ...recent.slice(1 - FREE_ATTEMPTS), now);
      if (!isSlowed) return;
      attempts.waiting++;
      attempts.queue = attempts.queue.then(() => sleep(WAIT_MS)).finally(() => attempts.waiting--);
      await attempts.queue;
    },
    takeBack(address) {
      known.get(addressGroup(address))?.times.pop();
    },
  };
}

function tooMany(waiting: number): HttpProblem {
  return new HttpProblem(
    "TOO_MANY_REQUESTS",
    `Cannot check who this is: ${waiting} wrong attempts from this address wait already, ` +
      `expected at most ${FREE_ATTEMPTS} a minute; mend the credentials and try again later`,
    { headers: { "Retry-After": String(Math.ceil((waiting * WAIT_MS) / 1000)) } },
  );
}

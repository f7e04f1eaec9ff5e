import type { Clock } from "../ports.ts";

/** Returns a clock that stands still until a test sets it. */
export function createFixedClock(start: Date): Clock & { time: Date } {
  return {
    time: start,
    now() {
      return this.time;
    },
    turn: () => Promise.resolve(),
  };
}

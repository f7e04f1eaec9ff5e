import { setImmediate } from "node:timers/promises";
import type { Clock } from "../ports.ts";

/** Returns the real clock. */
export function createSystemClock(): Clock {
  return {
    now: () => new Date(),
    async turn() {
      await setImmediate();
    },
  };
}

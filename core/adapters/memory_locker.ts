import { SimplestreamsError } from "../errors.ts";
import type { Locker } from "../ports.ts";

/** Returns locks in memory, for tests. Who waits at all waits until the lock is free: there is no clock. */
export function createMemoryLocker(): Locker {
  const held = new Map<string, Promise<void>>();
  return {
    async acquire(directory, { waitMs, name = "index" }) {
      const key = `${name} ${directory}`;
      for (let holder = held.get(key); holder !== undefined; holder = held.get(key)) {
        if (waitMs <= 0) {
          throw new SimplestreamsError("LOCKED", `Cannot write to "${directory}": it is locked`);
        }
        await holder;
      }
      let wake = () => {};
      const freed = new Promise<void>((resolve) => wake = resolve);
      held.set(key, freed);
      return {
        release() {
          if (held.get(key) === freed) held.delete(key);
          wake();
        },
      };
    },
  };
}

import { setTimeout as sleep } from "node:timers/promises";

/** Resolves with the name of the first signal to stop; a second one ends the process at once. */
export function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    let isStopping = false;
    for (const [name, status] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
      process.on(name, () => {
        if (isStopping) process.exit(status);
        isStopping = true;
        resolve(name);
      });
    }
  });
}

/** Resolves when all work is over, or after so many milliseconds. */
export async function settleWithin(
  limitMs: number,
  work: readonly (Promise<unknown> | undefined)[],
): Promise<void> {
  const end = new AbortController();
  const limit = sleep(limitMs, undefined, { signal: end.signal }).catch(() => {});
  await Promise.race([Promise.allSettled(work), limit]);
  end.abort();
}

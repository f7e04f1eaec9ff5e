import type { Locker } from "./ports.ts";

/**
 * Runs an action while no other run can write to a root.
 *
 * @throws {SimplestreamsError} `LOCKED` when another run still holds the lock after `waitMs`
 */
export async function withLock<Result>(
  locker: Locker,
  root: string,
  options: { readonly waitMs: number; readonly action: () => Promise<Result> },
): Promise<Result> {
  const lock = await locker.acquire(root, options);
  try {
    return await options.action();
  } finally {
    lock.release();
  }
}

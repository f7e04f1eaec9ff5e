import type { Locker, LockOptions } from "./ports.ts";

/**
 * Runs an action while no other run can do what the lock is for: write documents to a root, or settings.
 *
 * @throws {SimplestreamsError} `LOCKED` when another run still holds the lock after `waitMs`
 */
export async function withLock<Result>(
  locker: Locker,
  root: string,
  options: LockOptions & { readonly action: () => Promise<Result> },
): Promise<Result> {
  const lock = await locker.acquire(root, options);
  try {
    return await options.action();
  } finally {
    lock.release();
  }
}

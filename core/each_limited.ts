/** Calls an asynchronous function for each of a list, so many at one time; ends with the first error. */
export async function eachLimited<Value>(
  values: readonly Value[],
  options: { readonly concurrency: number; readonly action: (value: Value) => Promise<void> },
): Promise<void> {
  const rest = values.values();
  let isStopped = false;
  async function work(): Promise<void> {
    for (const value of rest) {
      if (isStopped) return;
      try {
        await options.action(value);
      } catch (error) {
        isStopped = true;
        throw error;
      }
    }
  }
  const workers = Array.from({ length: Math.min(options.concurrency, values.length) }, work);
  // All are waited for: none may still write when the caller goes on
  const failed = (await Promise.allSettled(workers)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

/** Returns a function that looks a value up by its key, and keeps the `limit` values that were used last. */
export function createMemo<Value>(
  find: (key: string) => Value,
  options: { readonly limit: number },
): (key: string) => Value {
  const kept = new Map<string, { readonly value: Value }>();
  return (key) => {
    const found = kept.get(key) ?? { value: find(key) };
    // A map keeps the order in which keys came, so the first is the one not used for longest.
    kept.delete(key);
    kept.set(key, found);
    const [oldest] = kept.keys();
    if (kept.size > options.limit && oldest !== undefined) kept.delete(oldest);
    return found.value;
  };
}

/** Runs work one piece after the other. */
export interface OneAtATime {
  /** Returns what the work returns, once its turn came; undefined when too many wait for theirs. */
  run<Result>(work: () => Promise<Result>): Promise<Result> | undefined;
}

/** Returns an empty queue that takes so many pieces of work, the one that runs included. */
export function createOneAtATime(maxPieces: number): OneAtATime {
  let pieces = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(work) {
      if (pieces >= maxPieces) return undefined;
      pieces++;
      const result = last.then(work).finally(() => pieces--);
      // The next one's turn comes, whatever became of this one.
      last = result.catch(() => undefined);
      return result;
    },
  };
}

import type { IndexRequest, IndexRunner } from "../../../server/run_index.ts";
import { until } from "../../support/command.ts";

/** Stands before the index use case and holds every run until it is let go. */
export interface Gate {
  readonly around: (runIndex: IndexRunner) => IndexRunner;
  /** What the runs that have begun were asked for. */
  readonly requests: readonly IndexRequest[];
  /** Resolves when so many runs have begun. */
  readonly begun: (count: number) => Promise<void>;
  /** Lets all runs go, those that come later, too. */
  readonly open: () => void;
}

/** Returns a gate that is shut. */
export function createGate(): Gate {
  const requests: IndexRequest[] = [];
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return {
    requests,
    open: () => open(),
    begun: (count) => until(`${count} runs have begun`, () => requests.length >= count),
    around: (runIndex) => async (request, options) => {
      requests.push(request);
      options.onProgress({ files: 1, totalFiles: 4, bytes: 10, totalBytes: 40 });
      await opened;
      return await runIndex(request, options);
    },
  };
}

import type { MessagePort } from "node:worker_threads";
import type { Progress } from "../core/ports.ts";
import { type ProblemCode, toProblem } from "./problem.ts";

/** What a thread that works on the tree says: how far it is, and then how it ended. */
export type WorkReport<Result> =
  | { readonly progress: Progress }
  | { readonly result: Result }
  | { readonly failure: WorkFailure };

/** An error on its way between threads. */
export interface WorkFailure {
  readonly code: ProblemCode;
  readonly message: string;
  readonly members?: Readonly<Record<string, unknown>>;
  /** What the log is to have beside that; only for what nobody planned. */
  readonly trace?: string;
}

const PROGRESS_MS = 100;

/**
 * Does the work of this thread and reports what came of it to the one that started it.
 *
 * @param action is told whom to tell how far it is
 * @param options `root` is cut off from paths in messages
 */
export async function reportWork<Result>(
  port: MessagePort,
  action: (onProgress: (progress: Progress) => void) => Promise<Result>,
  { root }: { readonly root: string },
): Promise<void> {
  const report = (message: WorkReport<Result>) => port.postMessage(message);
  try {
    let reported = 0;
    const result = await action((progress) => {
      const now = performance.now();
      if (now - reported < PROGRESS_MS && progress.bytes < progress.totalBytes) return;
      reported = now;
      report({ progress });
    });
    report({ result });
  } catch (error) {
    const { code, message, extras } = toProblem(error, root);
    const trace = code === "INTERNAL" ? traceOf(error) : undefined;
    report({ failure: { code, message, members: extras.members, trace } });
  }
}

function traceOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

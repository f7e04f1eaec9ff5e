import assert from "node:assert/strict";
import { watch } from "node:fs";
import type { Running } from "./command.ts";
import type { Dice } from "./trees.ts";

/** When a run is killed: after a time, or when names in a directory have changed so many times. */
export type Moment = { readonly afterMs: number } | {
  readonly changes: number;
  readonly folder: string;
};

/** Kills a run at a moment, if it is not done before; returns whether it was killed. */
export async function killAt(running: Running, moment: Moment): Promise<boolean> {
  const kill = () => running.process.kill("SIGKILL");
  let stop: () => void;
  if ("afterMs" in moment) {
    const timer = setTimeout(kill, moment.afterMs);
    stop = () => clearTimeout(timer);
  } else {
    let changes = 0;
    const watcher = watch(moment.folder, () => {
      if (++changes === moment.changes) kill();
    });
    stop = () => watcher.close();
  }
  const { status, signal, stderr } = await running.finished;
  stop();
  if (signal === "SIGKILL") return true;
  assert.equal(status, 0, stderr);
  return false;
}

/** Every other moment is at random; the rest are while names change, where most can go wrong. */
export function pickMoment(
  dice: Dice,
  round: number,
  whole: { readonly durationMs: number; readonly folder: string; readonly changes: number },
): Moment {
  if (round % 2 === 0) return { ...whole, changes: 1 + (round / 2) % whole.changes };
  return { afterMs: whole.durationMs * (0.4 + dice.below(65) / 100) };
}

/** Returns how long an action takes. */
export async function durationMs(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await action();
  return performance.now() - started;
}

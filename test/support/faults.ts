import { storageError } from "../../core/adapters/memory.ts";
import type { MemoryPorts } from "./memory_ports.ts";

/** How a file system gives out at its n-th change. */
export type Fault = "full" | "denied" | "killed" | "power cut";

/** All of them. `killed`: nothing more happens; `power cut`: and bytes that were not synced are gone. */
export const FAULTS: readonly Fault[] = ["full", "denied", "killed", "power cut"];

/** Stands for a process that is no more; nothing in the program may catch it and go on. */
class Killed extends Error {}

/** What came of a run with a fault in it. */
export interface FaultyRun {
  /** Whether the run ended before the fault was reached. */
  readonly isComplete: boolean;
  readonly error: unknown;
}

/** Runs an action on a file system that gives out at its n-th change, counted from 1. */
export async function runWithFault(
  ports: MemoryPorts,
  fault: { readonly kind: Fault; readonly at: number },
  action: () => Promise<unknown>,
): Promise<FaultyRun> {
  let count = 0;
  let error: unknown;
  ports.tree.onChange = (change) => {
    count++;
    const isDead = fault.kind === "killed" || fault.kind === "power cut";
    if (count < fault.at || (!isDead && count > fault.at)) return;
    if (isDead) throw new Killed(change);
    throw storageError(fault.kind === "full" ? "full" : "denied", "change", change);
  };
  try {
    await action();
  } catch (caught) {
    error = caught;
  }
  ports.tree.onChange = () => {};
  if (fault.kind === "power cut") ports.tree.cutPower();
  return { isComplete: count < fault.at, error };
}

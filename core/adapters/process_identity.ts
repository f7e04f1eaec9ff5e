import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { platformCode } from "./storage_errors.ts";

/** Enough to tell later whether a process is still there, and not another one with its number. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** Processes with one scope share their numbers: the same boot and pid namespace. */
  readonly scope: string;
  /** When it started, in the kernel's ticks; "" where that cannot be known. */
  readonly started: string;
}

/** Returns the identity of this process. */
export function identifyProcess(): ProcessIdentity {
  return {
    host: orNothing(hostname),
    pid: process.pid,
    scope: processScope(),
    started: lookAt(process.pid)?.started ?? "",
  };
}

/** Returns whether a process still runs; undefined when that cannot be seen from here. */
export function isProcessAlive(identity: ProcessIdentity): boolean | undefined {
  if (identity.scope === "" || identity.scope !== processScope()) return undefined;
  const seen = lookAt(identity.pid);
  // A process that was killed keeps its number until its parent has asked what became of it.
  if (seen?.isDead) return false;
  if (seen !== undefined && identity.started !== "") return seen.started === identity.started;
  try {
    process.kill(identity.pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process has the number; whether it is the one that is meant cannot be seen.
    return platformCode(error) === "ESRCH" ? false : undefined;
  }
}

function processScope(): string {
  const boot = orNothing(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  const namespace = orNothing(() => readlinkSync("/proc/self/ns/pid"));
  return boot === "" || namespace === "" ? "" : `${boot} ${namespace}`;
}

/** What /proc/PID/stat says of a process; undefined without it, as other users' are under hidepid. */
function lookAt(pid: number): { readonly isDead: boolean; readonly started: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name, which may hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // proc(5): field 3 is the state, field 22 the start; Z is a zombie, X and x are dead
    return { isDead: ["Z", "X", "x"].includes(fields[0] ?? ""), started: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

/** Returns what a call gives, or "" where this system or Deno's permissions do not let it. */
function orNothing(call: () => string): string {
  try {
    return call();
  } catch {
    return "";
  }
}

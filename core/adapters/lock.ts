import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import { setTimeout } from "node:timers/promises";
import { isStorageError, SimplestreamsError } from "../errors.ts";
import { objectFields, tryParseJson } from "../format/json_text.ts";
import type { HeldLock, Locker, LockName } from "../ports.ts";
import { isSnapshotName, STATE_FOLDER } from "../snapshot.ts";
import { identifyProcess, isProcessAlive, type ProcessIdentity } from "./process_identity.ts";
import { platformCode, toStorageError } from "./storage_errors.ts";

/** What the files of a lock are called, before their number. */
const PREFIX: Readonly<Record<LockName, string>> = { index: "lock.", settings: "settings-lock." };
const NUMBER = /^[0-9]{1,15}$/;
const FREE = "free\n";
/** How often the holder shows that it lives, for those who cannot see its process. */
const HEARTBEAT_MS = 10_000;
/** Without a heartbeat for so long, a holder whose process cannot be seen counts as dead. */
const SILENT_MS = 120_000;
/** A lock file that is still empty: its maker is about to write who it is, or died just then. */
const EMPTY_MS = 10_000;
const POLL_MS = 100;

/**
 * Returns the locks between processes: files `lock.N`, and `settings-lock.N` for settings, in the
 * root's state folder.
 *
 * The highest N is the lock. It is taken by making N+1, which only one process can, and given back
 * by writing "free" into it; a dead holder's is taken over in the same way. The highest is never
 * removed, so that somebody who was slow to act on an old state makes a lower one, sees that, and
 * tries again: with one file that is removed and made anew, two could take over one dead lock.
 */
export function createLocker(): Locker {
  return {
    async acquire(directory, { waitMs, name = "index" }) {
      const folder = `${directory}/${STATE_FOLDER}`;
      const files = `${folder}/${PREFIX[name]}`;
      makeFolder(folder);
      const deadline = performance.now() + waitMs;
      for (;;) {
        const outcome = tryAcquire(files);
        if ("release" in outcome) return outcome;
        const leftMs = deadline - performance.now();
        if (leftMs <= 0) throw lockedError(directory, name, outcome.holder);
        await setTimeout(Math.min(POLL_MS, leftMs));
      }
    },
  };
}

type Holder = Pick<ProcessIdentity, "host" | "pid"> | undefined;

/** @param files the lock's files, without their numbers */
function tryAcquire(files: string): HeldLock | { readonly holder: Holder } {
  for (;;) {
    const top = Math.max(0, ...generations(files));
    if (top > 0) {
      const holder = findHolder(`${files}${top}`);
      if (holder !== "nobody") return { holder };
    }
    const mine = top + 1;
    const path = `${files}${mine}`;
    if (!claim(path)) continue;
    const others = generations(files);
    if (others.some((generation) => generation > mine)) {
      fs.rmSync(path, { force: true });
      continue;
    }
    for (const generation of others) {
      if (generation < mine) fs.rmSync(`${files}${generation}`, { force: true });
    }
    return hold(path);
  }
}

function generations(files: string): readonly number[] {
  const slash = files.lastIndexOf("/");
  const [folder, prefix] = [files.slice(0, slash), files.slice(slash + 1)];
  try {
    return fs.readdirSync(folder).flatMap((name) => {
      const number = name.slice(prefix.length);
      return name.startsWith(prefix) && NUMBER.test(number) ? [Number(number)] : [];
    });
  } catch (error) {
    throw toStorageError(error, "look for a lock in", folder);
  }
}

/**
 * Makes a lock file with this process in it; false when somebody else made it first. On a disk without
 * a free block the snapshots make room for it, or the prune that is to empty the disk could not begin.
 */
function claim(path: string): boolean {
  try {
    return makeLockFile(path);
  } catch (error) {
    if (!isStorageError(error, "full") || !removeSnapshots(path)) throw error;
    return makeLockFile(path);
  }
}

/** Removes the snapshots beside a lock; returns whether there were any. */
function removeSnapshots(path: string): boolean {
  const folder = path.slice(0, path.lastIndexOf("/"));
  const names = fs.readdirSync(folder).filter(isSnapshotName);
  for (const name of names) fs.rmSync(`${folder}/${name}`, { force: true });
  return names.length > 0;
}

/** Makes the file whole from the start. */
function makeLockFile(path: string): boolean {
  const text = JSON.stringify(identifyProcess());
  const draft = `${path.slice(0, path.lastIndexOf("/"))}/draft.${randomUUID()}`;
  try {
    fs.writeFileSync(draft, text, { flag: "wx", mode: 0o644 });
    try {
      fs.linkSync(draft, path);
    } catch (error) {
      if (platformCode(error) === "EEXIST") throw error;
      // Here are no hard links: whoever is killed in between shuts the lock for EMPTY_MS.
      fs.writeFileSync(path, text, { flag: "wx", mode: 0o644 });
    }
    return true;
  } catch (error) {
    if (platformCode(error) === "EEXIST") return false;
    throw toStorageError(error, "take the lock", path);
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

function findHolder(path: string): Holder | "nobody" {
  let text: string;
  let silentMs: number;
  try {
    text = fs.readFileSync(path, "utf8");
    silentMs = Date.now() - fs.statSync(path).mtimeMs;
  } catch (error) {
    if (platformCode(error) === "ENOENT") return "nobody";
    throw toStorageError(error, "read the lock", path);
  }
  if (text === FREE) return "nobody";
  const fields = objectFields(tryParseJson(text));
  const [host, pid] = [fields?.get("host"), fields?.get("pid")];
  const [scope, started] = [fields?.get("scope"), fields?.get("started")];
  if (
    typeof host !== "string" || typeof pid !== "number" || typeof scope !== "string" ||
    typeof started !== "string"
  ) {
    return silentMs > EMPTY_MS ? "nobody" : undefined;
  }
  const alive = isProcessAlive({ host, pid, scope, started }) ?? silentMs < SILENT_MS;
  return alive ? { host, pid } : "nobody";
}

function hold(path: string): HeldLock {
  let held = true;
  const heartbeat = setInterval(() => {
    const now = new Date();
    try {
      fs.utimesSync(path, now, now);
    } catch {
      // Only those who cannot see this process miss it.
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();
  function release(): void {
    if (!held) return;
    held = false;
    clearInterval(heartbeat);
    process.removeListener("exit", release);
    try {
      fs.writeFileSync(path, FREE);
    } catch {
      // Whoever comes next sees that this process is gone.
    }
  }
  process.once("exit", release);
  return { release };
}

function makeFolder(folder: string): void {
  try {
    fs.mkdirSync(folder);
    fs.chmodSync(folder, 0o755);
  } catch (error) {
    if (platformCode(error) !== "EEXIST") throw toStorageError(error, "make the directory", folder);
  }
}

function lockedError(directory: string, name: LockName, holder: Holder): SimplestreamsError {
  const who = holder === undefined ? "" : ` (process ${holder.pid} on ${holder.host})`;
  return new SimplestreamsError(
    "LOCKED",
    name === "settings"
      ? `Cannot change settings in "${directory}": another change${who} holds their lock, expected ` +
        "it to be free"
      : `Cannot write to "${directory}": another run${who} holds its lock, expected it to be free; ` +
        "--wait SECONDS waits for it",
  );
}

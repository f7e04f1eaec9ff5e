import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { childEnvironment, run } from "./run.ts";
import { daemonDirectory, daemonEnvironment, type Vendor } from "./vendor.ts";
import { workDirectory } from "./work_directory.ts";

// No network device: the namespace has nothing but loopback.
const PRESEED = `
storage_pools: [{ name: default, driver: dir }]
profiles: [{ name: default, devices: { root: { type: disk, path: /, pool: default } } }]
`;

/** A running daemon of the suite. */
export interface Daemon {
  readonly stop: () => Promise<void>;
  /** Returns the last lines of what it logged. */
  readonly log: () => Promise<string>;
}

/** Starts a vendor's daemon on an empty directory and returns when it answers. */
export async function startDaemon(vendor: Vendor): Promise<Daemon> {
  // Mode 711: the root of an unprivileged container has to pass through.
  await mkdir(daemonDirectory(vendor), { mode: 0o711 });
  const logPath = join(workDirectory(), `${vendor.daemon}.log`);
  const logFile = await open(logPath, "w");
  const environment = daemonEnvironment(vendor);
  const child = spawn(vendor.daemon, ["--group", "root"], {
    env: childEnvironment(environment),
    stdio: ["ignore", logFile.fd, logFile.fd],
  });
  const exited = once(child, "exit");
  await logFile.close();
  const daemon = {
    stop: () => stopDaemon(vendor, child, exited),
    log: async () => (await readFile(logPath, "utf8")).split("\n").slice(-40).join("\n"),
  };
  try {
    await run(vendor.daemon, ["waitready", "--timeout=60"], { environment, timeoutMs: 70_000 });
    const [command, ...args] = vendor.initialise;
    await run(command ?? "", args, { environment, input: PRESEED });
  } catch (cause) {
    const log = await daemon.log();
    child.kill("SIGKILL");
    throw new Error(`Cannot start ${vendor.daemon}; the end of its log:\n${log}`, { cause });
  }
  return daemon;
}

/** Makes a daemon of the suite read every index again; it believes a copy for an hour otherwise. */
export async function forgetIndexes(vendor: Vendor): Promise<void> {
  const cache = join(daemonDirectory(vendor), "cache");
  for (const entry of await readdir(cache, { recursive: true })) {
    if (entry.endsWith(".json")) await rm(join(cache, entry), { force: true });
  }
}

async function stopDaemon(
  vendor: Vendor,
  child: ChildProcess,
  exited: Promise<unknown>,
): Promise<void> {
  if (child.exitCode !== null) return;
  const [command, ...args] = vendor.shutdown;
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  try {
    await run(command ?? "", args, { environment: daemonEnvironment(vendor), timeoutMs: 20_000 });
    await exited;
  } finally {
    clearTimeout(timer);
    child.kill("SIGKILL");
  }
}

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { TestContext } from "node:test";
import { cleanUp } from "./clean_up.ts";

/** What a process left when it was done. */
export interface Finished {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that may still run. */
export interface Running {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** What a process may be given besides its arguments. */
export interface RunOptions {
  readonly directory?: string;
  /** A program and arguments that start the command in their own way, such as `unshare`. */
  readonly through?: readonly string[];
  /** It is killed then, which makes `status` null. */
  readonly timeoutMs?: number;
}

/** The words that start the program under test, whatever the working directory. */
export const COMMAND: readonly string[] = readCommand("SIMPLESTREAMS_COMMAND", [
  "node",
  "dist/simplestreams.mjs",
]);

/** Has the shell run its arguments, as in `sh -c 'umask 077; exec "$@"' sh ARGUMENTS`. */
export function throughShell(script: string): readonly string[] {
  return ["bash", "-c", script, "bash"];
}

/**
 * Starts the program under test. If it still runs when the test ends, it is killed, and is gone before
 * the directories are removed that were made before it.
 */
export function startSimplestreams(
  test: Pick<TestContext, "after">,
  args: readonly string[],
  options: RunOptions = {},
): Running {
  const running = startCommand(args, options);
  cleanUp(test, async () => {
    running.process.kill("SIGKILL");
    await running.finished;
  });
  return running;
}

/** Runs the program under test to its end. */
export function simplestreams(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  return startCommand(args, options).finished;
}

/**
 * Runs the program under test and returns its stdout.
 *
 * @throws {Error} with the stderr when it does not exit with 0
 */
export async function succeed(
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  return stdoutOf(["simplestreams", ...args], await simplestreams(args, options));
}

/**
 * Runs another program and returns its stdout.
 *
 * @throws {Error} with the stderr when it does not exit with 0
 */
export async function run(words: readonly string[], options: RunOptions = {}): Promise<string> {
  return stdoutOf(words, await start(words, options).finished);
}

/** Waits until a condition holds; a test's own way of waiting for another process. */
export async function until(what: string, condition: () => boolean | Promise<boolean>) {
  const deadline = performance.now() + 30_000;
  while (!await condition()) {
    if (performance.now() > deadline) throw new Error(`Gave up to wait until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function startCommand(args: readonly string[], options: RunOptions): Running {
  return start([...options.through ?? [], ...COMMAND, ...args], options);
}

function start(words: readonly string[], options: RunOptions): Running {
  const [program, ...args] = words;
  if (program === undefined) throw new RangeError("Cannot run nothing");
  const child = spawn(program, args, {
    cwd: options.directory,
    env: childEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? 120_000);
  const finished = new Promise<Finished>((resolve, reject) => {
    const [stdout, stderr]: [Uint8Array[], Uint8Array[]] = [[], []];
    child.stdout.on("data", (piece) => stdout.push(piece));
    child.stderr.on("data", (piece) => stderr.push(piece));
    child.on("error", reject);
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      const text = (pieces: Uint8Array[]) => Buffer.concat(pieces).toString();
      resolve({ status, signal, stdout: text(stdout), stderr: text(stderr) });
    });
  });
  return { process: child, finished };
}

function stdoutOf(words: readonly string[], finished: Finished): string {
  if (finished.status === 0) return finished.stdout;
  const end = finished.signal ?? `status ${finished.status}`;
  throw new Error(`${words.join(" ")} ended with ${end}:\n${finished.stderr}`);
}

/**
 * Returns the environment of a program under test: nothing of whoever runs the tests that would slow
 * Node down, change what it says, or be taken for an option.
 */
export function childEnvironment(): NodeJS.ProcessEnv {
  const {
    NODE_EXTRA_CA_CERTS: _certificates,
    NODE_OPTIONS: _options,
    NODE_TEST_CONTEXT: _context,
    FORCE_COLOR: _color,
    ...rest
  } = process.env;
  const kept = Object.entries(rest).filter(([name]) => !name.startsWith("SIMPLESTREAMS_"));
  return { ...Object.fromEntries(kept), LC_ALL: "C.UTF-8", NO_COLOR: "1" };
}

/**
 * Returns the words of a JSON array in an environment variable, as they can be started anywhere.
 *
 * @throws {TypeError} when there is something else in it
 */
export function readCommand(variable: string, otherwise: readonly string[]): readonly string[] {
  const words: unknown = JSON.parse(process.env[variable] ?? JSON.stringify(otherwise));
  if (!Array.isArray(words) || !words.every((word) => typeof word === "string")) {
    throw new TypeError(`Cannot use ${variable}: expected a JSON array of words`);
  }
  const [program, ...rest] = words;
  return [
    findProgram(program),
    ...rest.map((word) => existsSync(word) ? resolve(word) : word),
  ];
}

/** The program itself, not a script that starts it: signals are for the program. */
function findProgram(name: string): string {
  if (name === "node") return process.execPath;
  if (name !== "deno") return name;
  const local = resolve("node_modules/.bin/deno");
  const script = "console.log(Deno.execPath())";
  const found = spawnSync(existsSync(local) ? local : name, ["eval", script], { encoding: "utf8" });
  if (found.status !== 0) throw new Error(`Cannot find deno: ${found.stderr}`);
  return found.stdout.trim();
}

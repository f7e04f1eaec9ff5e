import { type ChildProcess, spawn } from "node:child_process";
import type { TestContext } from "node:test";
import { cleanUp } from "./clean_up.ts";
import { childEnvironment, type Finished, readCommand, until } from "./command.ts";

/** The words that start the server under test, whatever the working directory. */
export const SERVER_COMMAND: readonly string[] = readCommand("SIMPLESTREAMS_SERVER_COMMAND", [
  "node",
  "dist/simplestreams-server.mjs",
]);

/** A line of the server's log: a request, or something that it says. */
export interface LogLine {
  readonly level: "error" | "info" | "warning";
  readonly event: "message" | "request";
  readonly message?: string;
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
  readonly bytes?: number;
  readonly user?: string;
}

/** A server that takes requests. */
export interface ServerProcess {
  /** Where it listens, as it says itself. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly finished: Promise<Finished>;
  /** What it logged so far. */
  readonly log: () => readonly LogLine[];
  readonly signal: (name: NodeJS.Signals) => void;
  /** Asks it to stop, and returns what it left. */
  readonly stop: () => Promise<Finished>;
}

/** How a server is started besides its arguments. */
export interface ServerOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string;
  /** It is killed then; a server that is never told to stop must not outlive its tests. */
  readonly timeoutMs?: number;
}

/** What a server says when it takes requests. */
const SERVING = /^simplestreams: serving .* at (https?:\/\/\S+:([0-9]+))$/m;

/**
 * Starts the server under test on a free port of loopback, unless the arguments say another, with its
 * log as JSON; it is killed when the test ends, if it still runs then.
 *
 * @throws {Error} with its stderr when it ends before it takes requests
 */
export async function startServer(
  test: Pick<TestContext, "after">,
  args: readonly string[],
  options: ServerOptions = {},
): Promise<ServerProcess> {
  const where = args.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
  const running = spawnServer([...where, "--log", "json", ...args], options);
  const { child, finished, texts } = running;
  cleanUp(test, async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await finished;
  });
  await until("the server takes requests", () => SERVING.test(texts.stdout()) || hasEnded(child));
  const [, url, port] = SERVING.exec(texts.stdout()) ?? [];
  if (url === undefined || child.pid === undefined) {
    throw new Error(`The server ended before it took requests:\n${(await finished).stderr}`);
  }
  return {
    ...{ url, port: Number(port), pid: child.pid, finished },
    log: () => parseLog(texts.stderr()),
    signal: (name) => void child.kill(name),
    stop() {
      child.kill("SIGTERM");
      return finished;
    },
  };
}

/** Runs the server under test to its end, with arguments that should make it end. */
export function runServer(
  args: readonly string[],
  options: ServerOptions = {},
): Promise<Finished> {
  return spawnServer(args, { timeoutMs: 20_000, ...options }).finished;
}

/** Returns the lines of a log in JSON; a last one without its end is still being written. */
export function parseLog(text: string): readonly LogLine[] {
  return text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
}

/** Returns what a server sent in full, as paths below its root, in order. */
export function pathsSent(server: Pick<ServerProcess, "log">): readonly string[] {
  return server.log().flatMap(({ method, path, status }) =>
    method === "GET" && status === 200 && path !== undefined
      ? [decodeURIComponent(path.slice(1))]
      : []
  );
}

function spawnServer(args: readonly string[], options: ServerOptions) {
  const [program = "", ...words] = SERVER_COMMAND;
  const child = spawn(program, [...words, ...args], {
    cwd: options.directory,
    env: { ...childEnvironment(), ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr]: [Uint8Array[], Uint8Array[]] = [[], []];
  child.stdout.on("data", (piece) => stdout.push(piece));
  child.stderr.on("data", (piece) => stderr.push(piece));
  const text = (pieces: readonly Uint8Array[]) => Buffer.concat(pieces).toString();
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? 120_000);
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      resolve({ status, signal, stdout: text(stdout), stderr: text(stderr) });
    });
  });
  const texts = { stdout: () => text(stdout), stderr: () => text(stderr) };
  return { child, finished, texts };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

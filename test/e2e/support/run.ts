import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { tlsDirectory, workDirectory } from "./work_directory.ts";

const execFileAsync = promisify(execFile);

/** What a command may be given besides its arguments. */
export interface RunOptions {
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Written to stdin, which is closed afterwards in any case. */
  readonly input?: string;
  readonly timeoutMs?: number;
}

/**
 * Runs a program to its end and returns its stdout.
 *
 * @throws {Error} with the stderr in its message if the program exits with a status other
 * than 0 or is not done after `timeoutMs` (60 s).
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const running = execFileAsync(command, args, {
    cwd: options.directory ?? workDirectory(),
    env: childEnvironment(options.environment),
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    timeout: options.timeoutMs ?? 60_000,
    killSignal: "SIGKILL",
  });
  // A program may end without having read its input; its exit status says whether that is well.
  running.child.stdin?.on("error", () => {});
  // `launch` reads instance configuration from a stdin that is no terminal, until it ends.
  running.child.stdin?.end(options.input);
  return (await running).stdout;
}

/**
 * Returns the environment of every program the suite starts: no proxy, no locale and no home of
 * whoever runs the tests, but the certificate authority that the server under test made.
 */
export function childEnvironment(
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  // Debian keeps incusd where no shell looks for it.
  const path = `${process.env.PATH ?? ""}:/usr/sbin:/sbin:/usr/libexec/incus`;
  return {
    PATH: path,
    HOME: workDirectory(),
    LANG: "C.UTF-8",
    // Go programs trust what is in this file, and nothing else.
    SSL_CERT_FILE: join(tlsDirectory(), "ca.crt"),
    ...extra,
  };
}

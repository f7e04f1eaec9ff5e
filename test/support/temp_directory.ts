import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { cleanUp } from "./clean_up.ts";

/** Makes a directory that is removed, with all that is in it, when the test ends. */
export function makeTempDirectory(test: TestContext): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "simplestreams-cli-")));
  cleanUp(test, () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  return directory;
}

/** The reason why file systems cannot be mounted here, or false. */
export const CANNOT_MOUNT: string | false =
  spawnSync("unshare", ["-m", "--propagation", "private", "true"]).status === 0
    ? false
    : "needs root's right to mount (CAP_SYS_ADMIN) and unshare of util-linux";

/** A file system of a test's own, in a mount namespace that ends with the test. */
export interface PrivateMount {
  /** Where everybody can see it, through the namespace. */
  readonly path: string;
  /** Its path in the namespace, and what starts a program there: links are resolved there alone. */
  readonly inside: { readonly path: string; readonly through: readonly string[] };
  /** Runs a shell script in the namespace, in the mounted directory. */
  readonly run: (script: string) => Promise<void>;
}

/** Mounts a tmpfs. Nothing is left of it, even when the test is killed. */
export async function mountTmpfs(
  test: TestContext,
  options: { readonly sizeKib: number },
): Promise<PrivateMount> {
  const directory = makeTempDirectory(test);
  const script = `
    mount -t tmpfs -o size=${options.sizeKib}k,mode=755 tmpfs "$0" && cd "$0" && echo "done 0"
    while read -r line; do eval "$line"; echo "done $?"; done
  `;
  // The namespace lives as long as this shell, and the shell as long as its stdin.
  const shell = spawn("unshare", [
    ...["-m", "--propagation", "private", "sh", "-c", script, directory],
  ], { stdio: ["pipe", "pipe", "inherit"] });
  const closed = new Promise((resolve) => shell.on("close", resolve));
  cleanUp(test, async () => {
    shell.stdin.end();
    await closed;
  });
  const lines: string[] = [];
  shell.stdout.on("data", (piece) => lines.push(...String(piece).split("\n").filter(Boolean)));
  async function answer(what: string): Promise<void> {
    while (lines.length === 0 && shell.exitCode === null) {
      await Promise.race([closed, new Promise((resolve) => shell.stdout.once("data", resolve))]);
    }
    const line = lines.shift();
    if (line !== "done 0") throw new Error(`Cannot ${what}: ${line ?? "the shell ended"}`);
  }
  await answer("mount a tmpfs");
  return {
    path: `/proc/${shell.pid}/root${directory}`,
    inside: { path: directory, through: ["nsenter", "--mount", `--target=${shell.pid}`] },
    async run(line) {
      shell.stdin.write(`${line}\n`);
      await answer(line);
    },
  };
}

// Starts programs, remembers them, and ends them by their own process numbers.
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";

const LIMIT_MS = 120_000;

// Debian keeps nginx where no ordinary user's shell looks for it.
const PATH = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`;

/** Returns where a program is, or undefined. */
export function findProgram(name) {
  return PATH.split(":").filter((folder) => folder !== "").map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Returns a group of processes that all see the same environment. */
export function createProcesses(environment) {
  const running = new Set();
  // Nothing of what this shell has set up for a service of its own.
  const inherited = Object.entries(process.env)
    .filter(([name]) => !/^(SIMPLESTREAMS|ANSIBLE|TF)_/.test(name));
  const base = { ...Object.fromEntries(inherited), PATH, ...environment };

  function start([command, ...args], { env = {}, cwd, onOutput, onError = onOutput }) {
    const child = spawn(findProgram(command) ?? command, args, {
      ...{ cwd, env: { ...base, ...env }, stdio: ["ignore", "pipe", "pipe"] },
    });
    child.stdout.setEncoding("utf8").on("data", onOutput);
    child.stderr.setEncoding("utf8").on("data", onError);
    const ended = new Promise((resolve) => {
      child.on("error", (error) => resolve({ status: -1, error }));
      child.on("close", (status, signal) => resolve({ status: status ?? -1, signal }));
    });
    const one = { child, ended };
    running.add(one);
    void ended.then(() => running.delete(one));
    return one;
  }

  return {
    /** Runs a program to its end; throws with all it said if its exit status is another than expected. */
    async run(command, options = {}) {
      let output = "";
      const { child, ended } = start(command, {
        ...options,
        onOutput: (text) => void (output += text),
      });
      const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
      const { status, signal, error } = await ended;
      clearTimeout(timer);
      if (error !== undefined) throw error;
      const { expected = [0] } = options;
      if (expected.includes(status)) return { status, output };
      const found = signal === null ? `exit status ${status}` : signal;
      throw new Error(`${command.join(" ")}: ${found}, expected ${expected}\n${output}`);
    },

    /** Starts a program and waits until `isReady(text)` of all it has said, or until `probe()`. */
    async startDaemon(command, { isReady = () => false, probe, ...options }) {
      let output = "";
      const { child, ended } = start(command, {
        ...options,
        onOutput: (text) => void (output += text),
      });
      const deadline = Date.now() + 20_000;
      const isOver = () => child.exitCode !== null || child.signalCode !== null;
      while (!isReady(output) && !(await probe?.())) {
        if (isOver() || child.pid === undefined || Date.now() > deadline) {
          throw new Error(`${command.join(" ")} did not come up:\n${output}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return { output: () => output, stop: () => stop({ child, ended }) };
    },

    async stopAll() {
      await Promise.all([...running].map(stop));
    },
  };
}

async function stop({ child, ended }) {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  const { status } = await ended;
  clearTimeout(timer);
  return status;
}

import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { open, unlink } from "node:fs/promises";
import { resolve } from "node:path";
import type { DeltaCoder } from "../delta_coder.ts";
import { StorageError } from "../errors.ts";
import { printable } from "../format/text.ts";
import { toStorageError } from "./storage_errors.ts";

const COMPLAINT_CHARACTERS = 200;
/** Programs that must not outlive this process. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Returns the coder that starts the program `xdelta3`, which all clients decode with. */
export function createDeltaCoder({ program = "xdelta3" } = {}): DeltaCoder {
  let there: Promise<boolean> | undefined;
  return {
    isThere: () => there ??= canStart(program),

    async encode({ base, target, out }, { limitBytes }) {
      const file = await open(out, "wx", 0o644).catch((error) => {
        throw toStorageError(error, "write", out);
      });
      let isWhole = false;
      try {
        // By our hands, so that a full disk is told as such and a program left alone comes to its end
        let sizeBytes = 0;
        const words = ["-e", "-9", "-c", "-s", resolve(base), resolve(target)];
        const complaint = await readOutput(program, words, async (piece) => {
          sizeBytes += piece.length;
          if (sizeBytes > limitBytes) return false;
          for (let at = 0; at < piece.length;) {
            at += (await file.write(piece, at)).bytesWritten;
          }
          return true;
        }).catch((error) => {
          throw toStorageError(error, "write", out);
        });
        if (sizeBytes > limitBytes) return undefined;
        if (complaint !== undefined) {
          const message = `Cannot make a delta of "${printable(target)}": ${complaint}, ` +
            `expected ${program} to make one from "${printable(base)}"`;
          throw new StorageError("other", target, message);
        }
        await file.chmod(0o644);
        await file.sync();
        isWhole = true;
        return sizeBytes;
      } finally {
        await file.close();
        if (!isWhole) await unlink(out).catch(() => {});
      }
    },

    async decode({ base, delta }, { limitBytes }) {
      const hash = createHash("sha256");
      let sizeBytes = 0;
      const words = ["-d", "-c", "-s", resolve(base), resolve(delta)];
      const complaint = await readOutput(program, words, (piece) => {
        sizeBytes += piece.length;
        hash.update(piece);
        return Promise.resolve(sizeBytes <= limitBytes);
      });
      if (sizeBytes > limitBytes) return { unusable: `it makes more than ${limitBytes} bytes` };
      if (complaint !== undefined) return { unusable: complaint };
      return { sha256: hash.digest("hex"), sizeBytes };
    },
  };
}

async function canStart(program: string): Promise<boolean> {
  try {
    return await readOutput(program, ["-V"], () => Promise.resolve(true)) === undefined;
  } catch {
    return false;
  }
}

/**
 * Gives a program's output to `take` piece by piece until that returns false; returns what the
 * program complains of when it does not end well. It never outlives its reader.
 */
async function readOutput(
  program: string,
  words: readonly string[],
  take: (piece: Uint8Array) => Promise<boolean>,
): Promise<string | undefined> {
  // xdelta3 takes options from XDELTA, too
  const { XDELTA: _options, ...env } = process.env;
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"], env });
  await new Promise((started, reject) => {
    child.once("spawn", started);
    child.once("error", reject);
  });
  child.on("error", () => {}); // of kill()
  const ended = new Promise<string | undefined>((end) =>
    child.once(
      "close",
      (status, signal) =>
        end(status === 0 ? undefined : `${program} ended with ${signal ?? `status ${status}`}`),
    )
  );
  running.add(child);
  let complaint = "";
  child.stderr.on("data", (text) => {
    complaint = `${complaint}${text}`.slice(0, COMPLAINT_CHARACTERS);
  });
  try {
    for await (const piece of child.stdout) {
      if (!await take(piece)) break;
    }
  } finally {
    // Nothing more is wanted of it: whole output has been read, or none of the rest will be
    child.stdout.destroy();
    if (!child.stdout.readableEnded) child.kill("SIGKILL");
    running.delete(child);
  }
  const end = await ended;
  const [line = ""] = printable(complaint.trim().split("\n")[0] ?? "").split("\n");
  return end === undefined ? undefined : line || end;
}

import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { open, unlink } from "node:fs/promises";
import { basename, resolve } from "node:path";
import type { DeltaCoder } from "../delta_coder.ts";
import { isStorageError, StorageError } from "../errors.ts";
import { printable } from "../format/text.ts";
import { toStorageError } from "./storage_errors.ts";

const COMPLAINT_CHARACTERS = 200;
const OUT_OF_MEMORY = /out of memory|cannot allocate memory/i;
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
        const hash = createHash("sha256");
        let sizeBytes = 0;
        const words = ["-e", "-9", "-c", "-s", resolve(base), resolve(target)];
        const trouble = await readOutput(program, words, async (piece) => {
          sizeBytes += piece.length;
          if (sizeBytes > limitBytes) return false;
          hash.update(piece);
          for (let at = 0; at < piece.length;) {
            at += (await file.write(piece, at)).bytesWritten;
          }
          return true;
        }).catch((error) => {
          throw toStorageError(error, "write", out);
        });
        if (sizeBytes > limitBytes) return undefined;
        if (trouble !== undefined) {
          const message = `Cannot make a delta of "${printable(target)}": ${trouble.complaint}, ` +
            `expected ${program} to make one from "${printable(base)}"`;
          throw new StorageError("other", target, message);
        }
        await file.chmod(0o644);
        await file.sync();
        isWhole = true;
        return { sha256: hash.digest("hex"), sizeBytes };
      } finally {
        await file.close();
        if (!isWhole) await unlink(out).catch(() => {});
      }
    },

    async decode({ base, delta }, { limitBytes }) {
      const hash = createHash("sha256");
      let sizeBytes = 0;
      const words = ["-d", "-c", "-s", resolve(base), resolve(delta)];
      const trouble = await readOutput(program, words, (piece) => {
        sizeBytes += piece.length;
        hash.update(piece);
        return Promise.resolve(sizeBytes <= limitBytes);
      }).catch((error: unknown): Trouble => {
        if (!isStorageError(error)) throw error;
        return { complaint: error.message, isOfFiles: false };
      });
      if (sizeBytes > limitBytes) return { unusable: `it makes more than ${limitBytes} bytes` };
      if (trouble !== undefined) {
        const { complaint, isOfFiles } = trouble;
        return isOfFiles ? { unusable: complaint } : { undecided: complaint };
      }
      return { sha256: hash.digest("hex"), sizeBytes };
    },
  };
}

/** Why a program did not end well. */
interface Trouble {
  readonly complaint: string;
  /** Whether it says so of the files; else it was killed, or could not be started, or had no memory. */
  readonly isOfFiles: boolean;
}

async function canStart(program: string): Promise<boolean> {
  try {
    return await readOutput(program, ["-V"], () => Promise.resolve(true)) === undefined;
  } catch {
    return false;
  }
}

/**
 * Gives a program's output to `take` piece by piece until that returns false; returns why the program
 * did not end well. It never outlives its reader.
 *
 * @throws {StorageError} when it cannot be started
 */
async function readOutput(
  program: string,
  words: readonly string[],
  take: (piece: Uint8Array) => Promise<boolean>,
): Promise<Trouble | undefined> {
  // xdelta3 takes options from XDELTA, too
  const { XDELTA: _options, ...env } = process.env;
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"], env });
  await new Promise((started, reject) => {
    child.once("spawn", started);
    child.once("error", (cause) => {
      const message =
        `Cannot start "${program}": ${printable(cause.message)}, expected a program ` +
        "in PATH and room for it";
      reject(new StorageError("other", program, message, { cause }));
    });
  });
  child.on("error", () => {}); // of kill()
  const ended = new Promise<number | string>((end) =>
    child.once("close", (status, signal) => end(signal ?? status ?? 0))
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
  if (end === 0) return undefined;
  const [line = ""] = complaint.trim().split("\n");
  const isOfFiles = typeof end === "number" && !OUT_OF_MEMORY.test(line);
  return {
    complaint: withoutFolders(printable(line), words) ||
      `${program} ended with ${typeof end === "number" ? `status ${end}` : end}`,
    isOfFiles,
  };
}

/** Who reads it need not know where the tree is. */
function withoutFolders(text: string, words: readonly string[]): string {
  return words.filter((word) => word.startsWith("/")).reduce(
    (rest, path) => rest.replaceAll(printable(path), printable(basename(path))),
    text,
  );
}

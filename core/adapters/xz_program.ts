import { BrokenArchive, corrupt } from "./broken_archive.ts";

/**
 * Unpacks .xz data with the program `xz`, for what the built-in decoder does not know.
 * @throws {BrokenArchive} when the program cannot be started or finds the data corrupt
 */
export async function* unpackByXzProgram(
  packed: Iterable<Uint8Array>,
  options: { readonly xzProgram: string; readonly reason: string },
): AsyncGenerator<Uint8Array> {
  const { Readable } = await import("node:stream");
  const child = await start(options);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const input = Readable.from(packed);
  let inputError: unknown;
  let complaint = "";
  input.on("error", (error) => {
    inputError = error;
    child.kill("SIGKILL");
  });
  child.stdin.on("error", () => {}); // a broken pipe: the exit status says why
  child.stderr.on("data", (text) => complaint = `${complaint}${text}`.slice(0, 200));
  input.pipe(child.stdin);
  try {
    for await (const piece of child.stdout) yield piece;
    const status = await ended;
    if (inputError !== undefined) throw inputError;
    if (status !== 0) throw corrupt("xz", complaint.trim() || `xz ended with status ${status}`);
  } finally {
    input.destroy();
    child.kill("SIGKILL");
    await ended;
  }
}

async function start({ xzProgram, reason }: { xzProgram: string; reason: string }) {
  const { spawn } = await import("node:child_process");
  try {
    const child = spawn(xzProgram, ["-dc", "--memlimit-decompress=1GiB"], { stdio: "pipe" });
    await new Promise((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    child.on("error", () => {}); // of kill()
    return child;
  } catch (error) {
    throw new BrokenArchive(
      `xz data with ${reason} and no program "${xzProgram}" to unpack it (${whyNot(error)}), ` +
        "expected xz-utils to be installed or the archive to be repacked with xz --check=crc64",
      {},
      { cause: error },
    );
  }
}

function whyNot(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && error.code === "ENOENT" ? "not found" : error.message;
}

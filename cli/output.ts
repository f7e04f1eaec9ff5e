import { errorCodeOf } from "../core/errors.ts";
import { type Finding, formatFinding } from "../core/format/finding.ts";

/**
 * Writes to stdout as fast as the reader takes it. A reader that goes away, as `| head` does, ends it
 * without an error.
 */
export async function writeOut(pieces: Iterable<string | Uint8Array>): Promise<void> {
  for (const piece of inBlocks(pieces)) {
    const error = await new Promise<Error | null | undefined>((resolve) => {
      process.stdout.once("error", resolve);
      process.stdout.write(piece, (failure) => {
        process.stdout.removeListener("error", resolve);
        resolve(failure);
      });
    });
    if (!error) continue;
    process.stdout.on("error", () => {});
    if ("code" in error && error.code === "EPIPE") return;
    throw error;
  }
}

/** Writes lines to stderr, where everything goes that is not data. */
export function tell(...lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`${line}\n`);
}

/** Shows findings on stderr, unless they are in the JSON object. */
export function tellFindings(
  findings: readonly Finding[],
  options: { readonly json?: boolean },
): void {
  if (!options.json) tell(...findings.map(formatFinding));
}

/** Shows an error on stderr, and under --json as an object on stdout too. */
export async function reportError(
  error: unknown,
  options: { readonly json?: boolean },
): Promise<void> {
  const code = errorCodeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === undefined && error instanceof Error) tell(`error: ${error.stack ?? message}`);
  else tell(...message.split("\n").map((line) => `error: ${line}`));
  if (!options.json) return;
  await writeOut([`${JSON.stringify({ error: { code: code ?? "INTERNAL", message } })}\n`]);
}

function* inBlocks(pieces: Iterable<string | Uint8Array>): Generator<string | Uint8Array> {
  let text = "";
  for (const piece of pieces) {
    if (typeof piece !== "string") {
      yield piece;
      continue;
    }
    text += piece;
    if (text.length < 1 << 20) continue;
    yield text;
    text = "";
  }
  if (text !== "") yield text;
}

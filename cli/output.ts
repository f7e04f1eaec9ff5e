import { platformCode, toStorageError } from "../core/adapters/storage_errors.ts";
import { errorCodeOf, isStorageError } from "../core/errors.ts";
import { type Finding, formatFinding } from "../core/format/finding.ts";

/**
 * Writes to stdout as fast as the reader takes it. A reader that goes away, as `| head` does, ends it
 * without an error.
 *
 * @throws {StorageError} for any other trouble, such as a full disk
 */
export async function writeOut(pieces: Iterable<string | Uint8Array>): Promise<void> {
  const stdout = withoutEvents(process.stdout);
  for (const piece of inBlocks(pieces)) {
    const error = await new Promise<Error | null | undefined>((resolve) => {
      stdout.write(piece, resolve);
    });
    if (!error) continue;
    if (platformCode(error) === "EPIPE") return;
    throw toStorageError(error, "write to", "stdout");
  }
}

/** Writes lines to stderr, where everything goes that is not data; nothing stops where nobody reads it. */
export function tell(...lines: readonly string[]): void {
  const stderr = withoutEvents(process.stderr);
  for (const line of lines) stderr.write(`${line}\n`);
}

/** Returns the stream; an "error" event, which comes besides the callback, would end the process. */
function withoutEvents<Stream extends NodeJS.EventEmitter>(stream: Stream): Stream {
  return stream.listenerCount("error") > 0 ? stream : stream.on("error", () => {});
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
  try {
    await writeOut([`${JSON.stringify({ error: { code: code ?? "INTERNAL", message } })}\n`]);
  } catch (failure) {
    // Where stdout takes nothing, stderr has the error all the same.
    if (!isStorageError(failure)) throw failure;
  }
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

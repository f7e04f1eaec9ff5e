import { platformCode, toStorageError } from "../core/adapters/storage_errors.ts";
import { errorCodeOf, isStorageError } from "../core/errors.ts";
import { type Finding, formatFinding } from "../core/format/finding.ts";

const STDOUT = "/dev/stdout";

/**
 * Writes to stdout as fast as the reader takes it. A reader that goes away, as `| head` does, ends it
 * without an error.
 *
 * @throws {StorageError} for any other trouble, such as a full disk; nothing can be written any more then
 */
export async function writeOut(pieces: Iterable<string | Uint8Array>): Promise<void> {
  for (const piece of inBlocks(pieces)) {
    const error = await new Promise<unknown>((resolve) => write(process.stdout, piece, resolve));
    if (!error) continue;
    if (platformCode(error) === "EPIPE") return;
    throw toStorageError(error, "write to", STDOUT);
  }
}

/** Writes lines to stderr, where everything goes that is not data; nothing stops where nobody reads it. */
export function tell(...lines: readonly string[]): void {
  for (const line of lines) write(process.stderr, `${line}\n`, () => {});
}

/** Writes to a stream whose trouble comes to `done` alone. */
function write(
  stream: NodeJS.WriteStream,
  piece: string | Uint8Array,
  done: (error: unknown) => void,
): void {
  // Besides the callback there is an event, which would end the process
  if (stream.listenerCount("error") === 0) stream.on("error", () => {});
  try {
    stream.write(piece, done);
  } catch (error) {
    // Deno throws what Node hands to the callback
    done(error);
  }
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
  // Where stdout takes nothing, stderr has the error
  if (!options.json || (isStorageError(error) && error.path === STDOUT)) return;
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

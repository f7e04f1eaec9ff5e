import type { ParsedTarEntry } from "modern-tar";
import type { UnpackedPieces } from "./archive_file.ts";
import { BrokenArchive, corrupt } from "./broken_archive.ts";

/** Who is told of a tar archive while it is read. */
export interface TarVisitor {
  /**
   * Looks at an entry; what it leaves of the body is skipped. Returns whether to read on.
   * @throws {BrokenArchive} to refuse the archive
   */
  readonly visit: (entry: ParsedTarEntry) => boolean | Promise<boolean>;
  /**
   * Hears how many bytes are unpacked. Returns whether to read on.
   * @throws {BrokenArchive} to refuse the archive
   */
  readonly onUnpacked: (unpackedBytes: number) => boolean;
}

/** The tar reader takes in a MiB and a piece before it hands out the entry that is in there. */
export const AHEAD_BYTES = 2 << 20;

/**
 * Reads a tar archive to its end, or as far as its visitor wants.
 * Returns how many bytes of the file are not of the archive; 0 when it was not read to its end.
 * @throws {BrokenArchive} when anything is broken, or the visitor refuses it
 */
export async function walkTar(pieces: UnpackedPieces, visitor: TarVisitor): Promise<number> {
  const { createTarDecoder } = await import("modern-tar");
  const decoder = createTarDecoder({ strict: true });
  const walk: Walk = { state: "reading" };
  const [fed, visited] = await Promise.allSettled([
    feed(pieces, decoder.writable, visitor, walk),
    visitEntries(decoder.readable, visitor, walk),
  ]);
  // What is wrong with the packed data is the cause of what is then wrong with the tar archive
  if (fed.status === "rejected") throw fed.reason;
  if (visited.status === "rejected") throw asTarProblem(visited.reason);
  return fed.value;
}

interface Walk {
  /** `ended`: read no more of it; `broken`: no sense in it as tar, read the rest for its checks. */
  state: "reading" | "ended" | "broken";
}

/** Writes the unpacked archive into the tar reader and returns what `pieces` returns. */
async function feed(
  pieces: UnpackedPieces,
  writable: WritableStream<Uint8Array>,
  visitor: TarVisitor,
  walk: Walk,
): Promise<number> {
  const writer = writable.getWriter();
  const ignore = () => {}; // the reader of the entries gets the same error
  try {
    let unpackedBytes = 0;
    for (;;) {
      const step = await pieces.next();
      if (walk.state === "ended") return 0;
      if (step.done) {
        await writer.close().catch(ignore);
        return step.value;
      }
      unpackedBytes += step.value.length;
      if (!visitor.onUnpacked(unpackedBytes)) {
        walk.state = "ended";
        await writer.abort().catch(ignore);
        return 0;
      }
      // A reader that is broken would keep all that is written to it
      if (walk.state !== "broken") await writer.write(step.value).catch(ignore);
    }
  } catch (error) {
    await writer.abort(error).catch(ignore);
    throw error;
  } finally {
    await pieces.return(0);
  }
}

async function visitEntries(
  entries: ReadableStream<ParsedTarEntry>,
  { visit }: TarVisitor,
  walk: Walk,
): Promise<void> {
  const reader = entries.getReader();
  try {
    for (;;) {
      const { done, value: entry } = await reader.read();
      if (done) return;
      if (!await visit(entry)) {
        walk.state = "ended";
        await reader.cancel();
        return;
      }
      // Without a reader of its own by now; one that was read to its end is cancelled for nothing
      if (!entry.body.locked) await entry.body.cancel();
    }
  } catch (error) {
    if (walk.state === "ended") return;
    walk.state = error instanceof BrokenArchive ? "ended" : "broken";
    await reader.cancel(error).catch(() => {});
    throw error;
  }
}

function asTarProblem(error: unknown): BrokenArchive {
  if (error instanceof BrokenArchive) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (message === "Tar archive is truncated.") {
    return new BrokenArchive(
      "the tar archive is cut short, expected its end-of-archive mark",
      {},
      { cause: error },
    );
  }
  return corrupt("tar", message.replace(/\.$/, ""), error);
}

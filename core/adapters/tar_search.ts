import type { ParsedTarEntry } from "modern-tar";
import type { UnpackedPieces } from "./archive_file.ts";
import { BrokenArchive, corrupt } from "./broken_archive.ts";

/** How much of an archive is read before it is refused. */
export interface ArchiveLimits {
  /** The largest metadata.yaml. */
  readonly metadataBytes: number;
  /** Unpacked bytes before metadata.yaml is found. */
  readonly searchBytes: number;
  /** Unpacked bytes of the whole archive. */
  readonly totalBytes: number;
}

// The tar reader takes in a MiB and a piece before it hands out the entry that is in there
const AHEAD_BYTES = 2 << 20;
const METADATA_NAME = /^(\.\/)?metadata\.yaml\/*$/;

/**
 * Returns the bytes of the first metadata.yaml of a tar archive, having read the archive to its end,
 * and how many bytes of the file are not of the archive.
 * @throws {BrokenArchive} when there is none, or anything is broken or beyond the limits
 */
export async function findMetadata(
  pieces: UnpackedPieces,
  limits: ArchiveLimits,
): Promise<{ readonly bytes: Uint8Array; readonly trailingBytes: number }> {
  const { createTarDecoder } = await import("modern-tar");
  const decoder = createTarDecoder({ strict: true });
  const search: Search = { state: "looking" };
  const [fed, bytes] = await Promise.allSettled([
    feed(pieces, decoder.writable, limits, search),
    searchEntries(decoder.readable, limits, search),
  ]);
  // What is wrong with the packed data is the cause of what is then wrong with the tar archive
  if (fed.status === "rejected") throw fed.reason;
  if (bytes.status === "rejected") throw asTarProblem(bytes.reason);
  return { bytes: bytes.value, trailingBytes: fed.value };
}

interface Search {
  /** `refused`: read no more of it; `broken`: no sense in it as tar, read the rest for its checks. */
  state: "looking" | "found" | "refused" | "broken";
}

/** Writes the unpacked archive into the tar reader and returns what `pieces` returns. */
async function feed(
  pieces: UnpackedPieces,
  writable: WritableStream<Uint8Array>,
  limits: ArchiveLimits,
  search: Search,
): Promise<number> {
  const writer = writable.getWriter();
  const ignore = () => {}; // the reader of the entries gets the same error
  try {
    let unpackedBytes = 0;
    for (;;) {
      const step = await pieces.next();
      if (search.state === "refused") return 0;
      if (step.done) {
        await writer.close().catch(ignore);
        return step.value;
      }
      unpackedBytes += step.value.length;
      checkSize(unpackedBytes, limits, search);
      // A reader that is broken would keep all that is written to it
      if (search.state !== "broken") await writer.write(step.value).catch(ignore);
    }
  } catch (error) {
    await writer.abort(error).catch(ignore);
    throw error;
  } finally {
    await pieces.return(0);
  }
}

function checkSize(unpackedBytes: number, limits: ArchiveLimits, search: Search): void {
  const { searchBytes, totalBytes } = limits;
  if (search.state === "looking" && unpackedBytes > searchBytes + AHEAD_BYTES) {
    const problem = `no metadata.yaml in the first ${searchBytes} unpacked bytes`;
    throw new BrokenArchive(`${problem}, expected it there`);
  }
  if (unpackedBytes > totalBytes) {
    throw new BrokenArchive(`unpacks to more than ${totalBytes} bytes, expected at most that`);
  }
}

async function searchEntries(
  entries: ReadableStream<ParsedTarEntry>,
  limits: ArchiveLimits,
  search: Search,
): Promise<Uint8Array> {
  const reader = entries.getReader();
  let bytes: Uint8Array | undefined;
  try {
    for (;;) {
      const { done, value: entry } = await reader.read();
      if (done) break;
      if (bytes === undefined && METADATA_NAME.test(entry.header.name)) {
        search.state = "found";
        bytes = await readMetadata(entry, limits.metadataBytes);
      } else {
        await entry.body.cancel();
      }
    }
    if (bytes !== undefined) return bytes;
    throw new BrokenArchive("no metadata.yaml in it, expected one at its top");
  } catch (error) {
    search.state = error instanceof BrokenArchive ? "refused" : "broken";
    await reader.cancel(error).catch(() => {});
    throw error;
  }
}

async function readMetadata({ header, body }: ParsedTarEntry, limit: number): Promise<Uint8Array> {
  if (header.type !== "file") {
    throw new BrokenArchive(`metadata.yaml is a ${header.type}, expected a regular file`);
  }
  if (header.size > limit) {
    throw new BrokenArchive(`metadata.yaml of ${header.size} bytes, expected at most ${limit}`);
  }
  const bytes = new Uint8Array(header.size);
  const reader = body.getReader();
  let place = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return bytes;
    bytes.set(value, place);
    place += value.length;
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

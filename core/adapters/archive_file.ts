import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { printable } from "../format/text.ts";
import { StorageError } from "../errors.ts";
import { cutShort } from "./broken_archive.ts";
import { toStorageError } from "./storage_errors.ts";

const PIECE_BYTES = 65536;

/** Unpacked bytes, piece by piece; in the end, how many bytes of the file are not of the archive. */
export type UnpackedPieces = AsyncGenerator<Uint8Array, number, void>;

/** An archive that is open for reading at any place; close it when done. */
export class ArchiveFile {
  readonly sizeBytes: number;
  readonly #path: string;
  readonly #action: string;
  readonly #descriptor: number;
  #window: Uint8Array = new Uint8Array(0);
  #windowStart = 0;

  /**
   * @param action completes "Cannot ...", as `read metadata archive`
   * @throws {StorageError} when there is no file that can be read
   */
  constructor(path: string, action: string) {
    this.#path = path;
    this.#action = action;
    try {
      // Before the file is opened: opening a named pipe waits for somebody to write
      if (!statSync(path).isFile()) {
        const message = `Cannot ${action} "${printable(path)}": no regular file, expected one`;
        throw new StorageError("other", path, message);
      }
      this.#descriptor = openSync(path, "r");
      this.sizeBytes = fstatSync(this.#descriptor).size;
    } catch (error) {
      throw toStorageError(error, action, path);
    }
  }

  /**
   * Returns bytes that stay valid until the next call.
   * @throws {BrokenArchive} when the file ends before
   */
  bytes(start: number, length: number): Uint8Array {
    const end = start + length;
    if (end > this.sizeBytes) throw cutShort(this.sizeBytes);
    if (start < this.#windowStart || end > this.#windowStart + this.#window.length) {
      this.#window = this.#read(start, Math.max(length, PIECE_BYTES));
      this.#windowStart = start;
      if (this.#window.length < length) throw cutShort(start + this.#window.length);
    }
    return this.#window.subarray(start - this.#windowStart, end - this.#windowStart);
  }

  /** Returns up to `length` bytes from `start`, fewer at the end of the file. */
  bytesUpTo(start: number, length: number): Uint8Array {
    return this.bytes(start, Math.max(0, Math.min(length, this.sizeBytes - start)));
  }

  /** Yields the bytes between two places in pieces that are the caller's to keep. */
  *pieces(start: number, end: number): Generator<Uint8Array<ArrayBuffer>, void, void> {
    for (let position = start; position < end;) {
      const piece = this.#read(position, Math.min(PIECE_BYTES, end - position));
      if (piece.length === 0) throw cutShort(position);
      position += piece.length;
      yield piece;
    }
  }

  /** Gives the file back; nothing can be read afterwards. */
  close(): void {
    closeSync(this.#descriptor);
  }

  #read(position: number, length: number): Uint8Array<ArrayBuffer> {
    const buffer = new Uint8Array(length);
    try {
      return buffer.subarray(0, readSync(this.#descriptor, buffer, 0, length, position));
    } catch (error) {
      throw toStorageError(error, this.#action, this.#path);
    }
  }
}

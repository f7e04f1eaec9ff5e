import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { platformCode, toStorageError } from "../../core/adapters/storage_errors.ts";
import { StorageError } from "../../core/errors.ts";
import { printable } from "../../core/format/text.ts";

/** Permission bits of a file that only its owner may read. */
export const SECRET_MODE = 0o600;
/** Permission bits of a file that everybody may read. */
export const PUBLIC_MODE = 0o644;

/**
 * Returns a file's text; undefined when there is none.
 *
 * @throws {StorageError} when it is there and cannot be read
 */
export function readIfThere(path: string): string | undefined {
  try {
    return fs.readFileSync(path, "utf8");
  } catch (error) {
    if (platformCode(error) === "ENOENT") return undefined;
    throw toStorageError(error, "read", path);
  }
}

/**
 * Makes a file in one step unless it is there, and returns what it holds then: of several processes
 * that do so at one time, all get the text of one.
 *
 * @throws {StorageError} when that cannot be done
 */
export function createOnce(path: string, text: string, mode: number): string {
  try {
    withDraft(path, { text, mode }, (draft) => linkOrWrite(draft, path, { text, mode }));
  } catch (error) {
    if (platformCode(error) !== "EEXIST") throw toStorageError(error, "make", path);
  }
  return readIfThere(path) ?? text;
}

/**
 * Gives a file a text in one step, in place of what was there.
 *
 * @throws {StorageError} when that cannot be done
 */
export function replaceFile(path: string, text: string, mode: number): void {
  try {
    withDraft(path, { text, mode }, (draft) => fs.renameSync(draft, path));
  } catch (error) {
    throw toStorageError(error, "write", path);
  }
}

/**
 * Makes a directory and those above it, for its owner alone; one that is there stays as it is.
 *
 * @throws {StorageError} when that cannot be done
 */
export function makeSecretDirectory(path: string): void {
  try {
    fs.mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (platformCode(error) === "EEXIST") {
      const message = `Cannot make the directory "${printable(path)}": a file has that name, ` +
        "expected a directory or nothing";
      throw new StorageError("not-a-directory", path, message, { cause: error });
    }
    throw toStorageError(error, "make the directory", path);
  }
}

interface NewFile {
  readonly text: string;
  readonly mode: number;
}

function linkOrWrite(draft: string, path: string, { text, mode }: NewFile): void {
  try {
    fs.linkSync(draft, path);
  } catch (error) {
    if (platformCode(error) === "EEXIST") throw error;
    // Here are no hard links: whoever is killed in between leaves a broken file, which is named.
    fs.writeFileSync(path, text, { flag: "wx", mode, flush: true });
  }
}

function withDraft(
  path: string,
  { text, mode }: NewFile,
  publish: (draft: string) => void,
): void {
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    const descriptor = fs.openSync(draft, "wx", mode);
    try {
      fs.writeFileSync(descriptor, text);
      // The umask may have taken rights away, never added any.
      fs.fchmodSync(descriptor, mode);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    publish(draft);
    syncDirectory(dirname(path));
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

function syncDirectory(path: string): void {
  const descriptor = fs.openSync(path, "r");
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

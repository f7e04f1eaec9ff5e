import { readFileSync } from "node:fs";
import { toStorageError } from "../core/adapters/storage_errors.ts";
import { fileState } from "./file_state.ts";

/** A parsed file that is read again when it has changed. */
export interface ReloadingFile<Content> {
  /** Returns what the file says now or, while it says nothing that is usable, what it said last. */
  current(): Content;
}

/**
 * Reads and parses a file, and again when it has changed by the time it is asked for.
 *
 * @throws {StorageError} when it cannot be read the first time, and whatever `parse` throws then
 */
export function openReloadingFile<Content>(path: string, options: {
  readonly parse: (text: string, path: string) => Content;
  /** Told once why a change is not taken up; the content that was there goes on holding. */
  readonly onTrouble: (message: string) => void;
  /** Told when a change was taken up. */
  readonly onReload?: () => void;
}): ReloadingFile<Content> {
  const { parse, onTrouble, onReload } = options;
  // Before the file is read: what changes in between is seen as a change the next time.
  let seen = fileState(path);
  let content = parse(readText(path), path);
  let told: string | undefined;

  function reload(): void {
    const state = fileState(path);
    if (state === seen) {
      told = undefined;
      return;
    }
    try {
      content = parse(readText(path), path);
      [seen, told] = [state, undefined];
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== told) {
        onTrouble(`${message}; what was read before goes on holding`);
      }
      told = message;
      return;
    }
    onReload?.();
  }

  return {
    current() {
      reload();
      return content;
    },
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw toStorageError(error, "read", path);
  }
}

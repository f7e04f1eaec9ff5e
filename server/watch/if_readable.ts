import { isStorageError } from "../../core/errors.ts";

/** Returns what is read; undefined when the system says no, which the index run is to report. */
export function ifReadable<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return undefined;
  }
}

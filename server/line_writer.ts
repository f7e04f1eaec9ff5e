/** Writes lines to a stream, many in one call when they come fast. */
export interface LineWriter {
  readonly write: (line: string) => void;
  /** Resolves when everything is written, or cannot be. */
  readonly flush: () => Promise<void>;
}

const FLUSH_MS = 20;
const FLUSH_LENGTH = 64 * 1024;

/** Returns a writer to stdout or stderr; nothing stops where nobody reads it. */
export function createLineWriter(
  stream: Pick<NodeJS.WriteStream, "on" | "write">,
): LineWriter {
  let text = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  stream.on("error", () => {});

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const lines = text;
    text = "";
    return new Promise((resolve) => {
      try {
        stream.write(lines, () => resolve());
      } catch {
        // Deno throws what Node hands to the callback; there is nobody to tell.
        resolve();
      }
    });
  }

  return {
    write(line) {
      text += `${line}\n`;
      if (text.length >= FLUSH_LENGTH) void flush();
      else timer ??= setTimeout(() => void flush(), FLUSH_MS);
    },
    flush,
  };
}

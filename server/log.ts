import { printable } from "../core/format/text.ts";

/** How grave a line of the log is. */
export type LogLevel = "error" | "info" | "warning";

/** What is told of a request; never its query, which may hold what is secret. */
export interface RequestRecord {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Bytes of the answer's body that went out. */
  readonly bytes: number;
  readonly ms: number;
  readonly id: string;
  readonly agent: string;
  readonly address: string;
  /** The name of the token, where one was shown. */
  readonly user?: string;
}

/** The server's log: a line an event. */
export interface Log {
  readonly request: (record: RequestRecord) => void;
  readonly say: (level: LogLevel, message: string) => void;
}

/**
 * Returns a log that writes lines of text or of JSON.
 *
 * @param write takes a line without its end
 */
export function createLog(options: {
  readonly format: "json" | "text";
  readonly now: () => Date;
  readonly write: (line: string) => void;
}): Log {
  const { format, now, write } = options;
  if (format === "json") {
    const line = (fields: object) =>
      write(escapeMore(JSON.stringify({ time: now().toISOString(), ...fields })));
    return {
      request: (record) => line({ level: "info", event: "request", ...record }),
      say: (level, message) => line({ level, event: "message", message }),
    };
  }
  return {
    request: (record) => write(`${now().toISOString()} ${requestText(record)}`),
    say(level, message) {
      for (const text of message.split("\n")) {
        write(`${now().toISOString()} ${level}: ${printable(text)}`);
      }
    },
  };
}

function requestText(record: RequestRecord): string {
  const { method, path, status, bytes, ms, id, agent, address, user = "-" } = record;
  return [
    ...[address, oneWord(user), method, oneWord(path), status, `${bytes} B`],
    ...[`${ms.toFixed(1)} ms`, id, `"${printable(agent).replaceAll('"', '\\"')}"`],
  ].join(" ");
}

/** Without spaces: what a client sends must not look like the fields that follow it. */
function oneWord(text: string): string {
  return printable(text).replaceAll(" ", "%20");
}

/** Escapes what JSON leaves as it is and some terminals obey. */
function escapeMore(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

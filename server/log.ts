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
  const { format, write } = options;
  const now = createTimeText(options.now);
  if (format === "json") {
    const line = (fields: object) => write(escapeMore(JSON.stringify({ time: now(), ...fields })));
    return {
      request: (record) => line({ level: "info", event: "request", ...record }),
      say: (level, message) => line({ level, event: "message", message }),
    };
  }
  return {
    request: (record) => write(`${now()} ${requestText(record)}`),
    say(level, message) {
      for (const text of message.split("\n")) {
        write(`${now()} ${level}: ${printable(text)}`);
      }
    },
  };
}

/** Returns what writes the time of day; within one millisecond it is the same text. */
function createTimeText(now: () => Date): () => string {
  let [known, text] = [NaN, ""];
  return () => {
    const time = now();
    if (time.getTime() !== known) [known, text] = [time.getTime(), time.toISOString()];
    return text;
  };
}

function requestText(record: RequestRecord): string {
  const { method, path, status, bytes, ms, id, agent, address, user = "-" } = record;
  const who = `${address} ${user === "-" ? user : oneWord(user)}`;
  const said = printable(agent).replaceAll('"', '\\"');
  return `${who} ${method} ${oneWord(path)} ${status} ${bytes} B ${ms} ms ${id} "${said}"`;
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

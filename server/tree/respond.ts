import type { Context } from "hono";
import { printable } from "../../core/format/text.ts";
import type { ServerEnvironment } from "../environment.ts";
import { HttpProblem } from "../problem.ts";
import type { Section } from "./byte_range.ts";
import { streamFile } from "./file_stream.ts";
import type { OpenFile } from "./open_inside.ts";
import type { AnswerPlan, Conditions } from "./plan_answer.ts";

/** Header names to values. */
export type HeaderSet = Readonly<Record<string, string>>;

type Body = ReadableStream<Uint8Array<ArrayBuffer>> | Uint8Array<ArrayBuffer>;

// RFC 9110, 15.4.5: what a 304 repeats of the answer that it stands for
const KEPT_IF_KNOWN = ["Cache-Control", "ETag", "Last-Modified", "Vary"];

/** Returns the parts of a request that decide what is answered. */
export function readConditions({ req }: Context<ServerEnvironment>): Conditions {
  return {
    method: req.method,
    ifNoneMatch: req.header("if-none-match"),
    ifModifiedSince: req.header("if-modified-since"),
    range: req.header("range"),
    ifRange: req.header("if-range"),
  };
}

/** Returns the section whose bytes go out; undefined when the answer is its head alone. */
export function sectionToSend(plan: AnswerPlan, method: string): Section | undefined {
  const hasBody = "section" in plan && plan.section.lengthBytes > 0 && method === "GET";
  return hasBody ? plan.section : undefined;
}

/**
 * Returns the answer for a plan.
 *
 * @param headers of an answer with the whole file
 * @param body the plan's section; null where only the head goes out
 */
export function respond(plan: AnswerPlan, body: Body | null, options: {
  readonly headers: HeaderSet;
  readonly sizeBytes: number;
}): Response {
  const { headers, sizeBytes } = options;
  if (plan.status === 200) return new Response(body, { headers });
  if (plan.status === 206) {
    const { start, lengthBytes } = plan.section;
    const range = `bytes ${start}-${start + lengthBytes - 1}/${sizeBytes}`;
    const partial = { "Content-Length": String(lengthBytes), "Content-Range": range };
    return new Response(body, { status: 206, headers: { ...headers, ...partial } });
  }
  if (plan.status === 304) {
    const kept = Object.entries(headers).filter(([name]) => KEPT_IF_KNOWN.includes(name));
    return new Response(null, { status: 304, headers: Object.fromEntries(kept) });
  }
  const unsatisfied = {
    "Content-Range": `bytes */${sizeBytes}`,
    "Content-Length": "0",
    "Cache-Control": "no-store",
  };
  return new Response(null, { status: 416, headers: unsatisfied });
}

/** Returns a body that reads a section of a file, and sees to it that the file is closed. */
export function bodyOf(c: Context<ServerEnvironment>, file: OpenFile, options: {
  readonly section: Section;
  readonly path: string;
  readonly onTrouble: (message: string) => void;
}): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { section, path, onTrouble } = options;
  // There is no environment where a test calls the app without a socket.
  const outgoing = c.env?.outgoing;
  const { body, close } = streamFile(file.handle, section, {
    onBroken: (error) => {
      const why = printable(error instanceof Error ? error.message : String(error));
      onTrouble(`Cannot send the rest of "${path}": ${why}`);
    },
    hangUp: outgoing && (() => outgoing.destroy()),
  });
  // Besides cancelling: an answer that somebody replaced on its way out is never cancelled.
  outgoing?.once("close", close);
  return body;
}

/** Returns the problem of a file that is not there. */
export function missing(path: string): HttpProblem {
  return new HttpProblem("NOT_FOUND", `Cannot serve "${printable(path)}": there is no such file`);
}

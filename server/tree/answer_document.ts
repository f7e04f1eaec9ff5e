import type { Context } from "hono";
import type { ServerEnvironment } from "../environment.ts";
import { acceptsGzip } from "./accept_encoding.ts";
import type { Section } from "./byte_range.ts";
import type { Document } from "./document.ts";
import { type DocumentCache, isSameFile } from "./document_cache.ts";
import { streamBytes } from "./memory_stream.ts";
import { openInside } from "./open_inside.ts";
import { type AnswerPlan, type Conditions, planAnswer } from "./plan_answer.ts";
import { bodyOf, missing, readConditions, respond, sectionToSend } from "./respond.ts";

/** What serving documents needs. */
export interface DocumentOptions {
  readonly root: string;
  readonly followSymlinks: boolean;
  readonly cache: DocumentCache;
  readonly onTrouble: (message: string) => void;
}

/** More than this goes out in pieces. */
const MAX_AT_ONCE_BYTES = 1024 * 1024;

/**
 * Answers with a document; without a promise when it is in memory.
 *
 * @throws {HttpProblem} `NOT_FOUND`, or `NOT_READY` while somebody writes in it
 * @throws {StorageError} when it is there and cannot be read
 */
export function answerDocument(
  c: Context<ServerEnvironment>,
  names: readonly string[],
  options: DocumentOptions,
): Response | Promise<Response> {
  const found = options.cache.find(names);
  return found instanceof Promise
    ? found.then((document) => answerFound(c, names, { ...options, document }))
    : answerFound(c, names, { ...options, document: found });
}

function answerFound(
  c: Context<ServerEnvironment>,
  names: readonly string[],
  options: DocumentOptions & { readonly document: Document | undefined },
): Response | Promise<Response> {
  const { document } = options;
  if (document === undefined) throw missing(names.join("/"));
  const conditions = readConditions(c);
  const form = isPacked(c, conditions) ? document.gzip ?? document.plain : document.plain;
  const plan = planAnswer(conditions, form);
  const section = sectionToSend(plan, conditions.method);
  if (section === undefined) return respond(plan, null, form);
  if (form.bytes === undefined) {
    return answerFromDisk(c, names, { ...options, plan, section, document });
  }
  const bytes = form.bytes.subarray(section.start, section.start + section.lengthBytes);
  const isShort = bytes.length <= MAX_AT_ONCE_BYTES;
  return respond(plan, isShort ? bytes : streamBytes(bytes), form);
}

/** Parts are parts of the plain form: who has half a packed one asks for it with the packed one's tag. */
function isPacked(c: Context<ServerEnvironment>, { method, range }: Conditions): boolean {
  const isPart = method === "GET" && range !== undefined;
  return !isPart && acceptsGzip(c.req.header("accept-encoding"));
}

/** Sends the plain form of a document that is too long to be kept. */
async function answerFromDisk(
  c: Context<ServerEnvironment>,
  names: readonly string[],
  options: DocumentOptions & {
    readonly document: Document;
    readonly plan: AnswerPlan;
    readonly section: Section;
  },
): Promise<Response> {
  const { document, plan, section, onTrouble } = options;
  const file = await openInside(options.root, names, options);
  if (file !== undefined && isSameFile(file.info, document.info)) {
    const path = names.join("/");
    return respond(plan, bodyOf(c, file, { section, path, onTrouble }), document.plain);
  }
  // Replaced since: the tag and the bytes would be of two versions.
  await file?.handle.close();
  return await answerDocument(c, names, options);
}

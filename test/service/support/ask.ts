import { Buffer } from "node:buffer";
import * as http from "node:http";
import * as https from "node:https";

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Uint8Array;
  readonly text: string;
}

/** What a request may have besides its URL. */
export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Certificates that are trusted, as PEM. */
  readonly ca?: string;
  /** For several requests over one connection; each has its own otherwise. */
  readonly agent?: http.Agent;
  /** Has the client go away. */
  readonly signal?: AbortSignal;
}

/** Sends a request over a socket of its own and returns the answer when all of it is there. */
export async function ask(url: string, options: AskOptions = {}): Promise<Answer> {
  const response = await begin(url, options);
  const pieces: Uint8Array[] = [];
  for await (const piece of response) pieces.push(piece);
  const body = Buffer.concat(pieces);
  const { statusCode: status = 0, headers } = response;
  return { status, headers, body, text: body.toString() };
}

/** Sends a request and returns the answer as soon as its head is there; nobody reads its body. */
export function begin(url: string, options: AskOptions = {}): Promise<http.IncomingMessage> {
  const { method = "GET", headers = {}, body, ca, agent = false, signal } = options;
  return new Promise((resolve, reject) => {
    const { request } = url.startsWith("https:") ? https : http;
    const sent = request(url, { method, headers, ca, agent, signal }, resolve);
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Sends JSON and returns the answer. */
export function send(url: string, method: string, body: unknown): Promise<Answer> {
  const headers = { "Content-Type": "application/json" };
  return ask(url, { method, headers, body: JSON.stringify(body) });
}

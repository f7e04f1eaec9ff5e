import type { Context } from "hono";
import type { ServerEnvironment } from "../environment.ts";

/**
 * Returns the cursor that asks for the page after a position, and has the answer's Link name it.
 *
 * @param position where the page ends; opaque to clients, so that it can become something else one day
 */
export function linkNext(context: Context<ServerEnvironment>, position: string): string {
  const cursor = Buffer.from(position).toString("base64url");
  const url = new URL(context.req.url);
  url.searchParams.set("cursor", cursor);
  context.header("Link", `<${url.pathname}${url.search}>; rel="next"`);
  return cursor;
}

/** Returns the position that a cursor stands for; any text when it is none of this server's. */
export function readCursor(cursor: string): string {
  return Buffer.from(cursor, "base64url").toString();
}

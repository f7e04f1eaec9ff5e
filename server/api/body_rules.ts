import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { printable } from "../../core/format/text.ts";
import type { ServerEnvironment } from "../environment.ts";
import { HttpProblem } from "../problem.ts";

/** The most bytes that a body may have. */
export const MAX_BODY_BYTES = 64 * 1024;

const JSON_TYPE = "application/json";
const PATCH_TYPE = "application/merge-patch+json";

/** Refuses bodies over the limit, whether they say their length or not. */
export const limitBody: MiddlewareHandler<ServerEnvironment> = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError() {
    throw new HttpProblem(
      "BODY_TOO_LARGE",
      `Cannot read the body: it is too long, expected at most ${MAX_BODY_BYTES} bytes`,
      { headers: { Connection: "close" } },
    );
  },
});

/**
 * Refuses a body that does not say that it is JSON. Without this, what `curl -d` sends as a form would
 * be passed over, and a dry run would write.
 */
export const requireJson: MiddlewareHandler<ServerEnvironment> = async (context, next) => {
  const { method } = context.req;
  if (method === "GET" || method === "HEAD") return await next();
  // Kept for handlers that want to tell in which line and column something is wrong.
  const text = await context.req.text();
  const { headers } = context.req.raw;
  if (text === "") {
    // Some clients name a type for no body at all, which would be read as broken JSON.
    headers.delete("Content-Type");
  } else {
    requireJsonType(method, context.req.header("Content-Type"));
    requireParsable(text);
    // One spelling for those who look at it again, each in its own way.
    headers.set("Content-Type", JSON_TYPE);
  }
  await next();
};

function requireJsonType(method: string, given: string | undefined): void {
  const allowed = method === "PATCH" ? [PATCH_TYPE, JSON_TYPE] : [JSON_TYPE];
  const type = given?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (allowed.includes(type)) return;
  const found = given === undefined ? "not given" : `"${printable(given)}"`;
  throw new HttpProblem(
    "MEDIA_TYPE",
    `Cannot read the body: its Content-Type is ${found}, expected ${allowed.join(" or ")}`,
    { headers: { [method === "PATCH" ? "Accept-Patch" : "Accept"]: allowed.join(", ") } },
  );
}

function requireParsable(text: string): void {
  try {
    JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new HttpProblem("BAD_JSON", `Cannot read the body: it is no JSON: ${error.message}`);
  }
}

import { z } from "@hono/zod-openapi";
import { count, findings, querySwitch, time } from "./schemas.ts";

/** What is to be verified, and how. */
export const verifyQuery = z.strictObject({
  fast: querySwitch.optional().openapi({
    description: "Look at names and sizes alone, read no file",
  }),
});

/** What verifying found; the command line's `--json` has the same, and the root. */
export const verified = z.strictObject({
  fast: z.boolean(),
  startedAt: time,
  ms: z.number(),
  counts: z.strictObject({
    products: count,
    versions: count,
    images: count,
    files: count,
    hashedFiles: count,
    hashedBytes: count,
  }).readonly().openapi({ description: "Of what the documents list; files each once" }),
  findings,
}).openapi("Verified");

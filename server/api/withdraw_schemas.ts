import { z } from "@hono/zod-openapi";
import { DURATION_FORMS, readDuration } from "../../core/format/duration.ts";
import { count, findings, names, querySwitch, time } from "./schemas.ts";

const duration = z.string()
  .refine((text) => readDuration(text) !== undefined, { error: `Expected ${DURATION_FORMS}` })
  .transform((text) => readDuration(text) ?? 0);
const describedDuration = (description: string, example: string) =>
  duration.optional().openapi({ type: "string", description, example });

const common = {
  grace: describedDuration("How long files stay after they left the documents; 90m", "90m"),
};
const policies = {
  maxAge: describedDuration("Take out versions whose names are older than this", "30d"),
  incomplete: describedDuration("Remove incomplete versions untouched for so long", "6h"),
};
const keep = "Take out all but so many versions of a product, the newest";
const orphans = "Remove what no document names, once it is known for the grace";
const dryRun = "Find out what would happen, write nothing";
const allowEmpty = "Let a document be without products";

/** What to prune, in the body; without a policy only what is due is removed. */
export const pruneBody = z.strictObject({
  keep: z.int().min(1).optional().openapi({ description: keep }),
  orphans: z.boolean().optional().openapi({ description: orphans }),
  dryRun: z.boolean().optional().openapi({ description: dryRun }),
  allowEmpty: z.boolean().optional().openapi({ description: allowEmpty }),
  ...policies,
  ...common,
}).openapi("PruneRequest");

/** The same in the query. */
export const pruneQuery = z.strictObject({
  keep: z.coerce.number().int().min(1).optional().openapi({ description: keep }),
  orphans: querySwitch.optional().openapi({ description: orphans }),
  dryRun: querySwitch.optional().openapi({ description: dryRun }),
  allowEmpty: querySwitch.optional().openapi({ description: allowEmpty }),
  ...policies,
  ...common,
});

/** How to remove. */
export const removeQuery = z.strictObject({
  dryRun: querySwitch.optional().openapi({ description: dryRun }),
  allowEmpty: querySwitch.optional().openapi({ description: allowEmpty }),
  ...common,
});

const reason = z.enum(["incomplete", "orphan", "withdrawn"]);

/** What left the documents and what was removed, or would be; the command line's `--json` has the same. */
export const withdrawn = z.strictObject({
  written: z.boolean(),
  withdraw: z.array(
    z.strictObject({
      product: z.string(),
      version: z.string(),
      items: names.optional().openapi({ description: "Absent when the whole version leaves" }),
      why: z.string(),
      fingerprints: names,
      sizeBytes: count,
    }).readonly(),
  ).readonly().openapi({ description: "What leaves the documents" }),
  delete: z.array(
    z.strictObject({ path: z.string(), reason, since: time, sizeBytes: count }).readonly(),
  ).readonly().openapi({ description: "Files and folders that are removed now" }),
  wait: z.array(
    z.strictObject({ path: z.string(), reason, until: time, sizeBytes: count }).readonly(),
  ).readonly().openapi({ description: "Those that a later call removes" }),
  documents: z.array(
    z.strictObject({ path: z.string(), changed: z.boolean(), sizeBytes: count }).readonly(),
  ).readonly(),
  findings,
}).openapi("Withdrawn");

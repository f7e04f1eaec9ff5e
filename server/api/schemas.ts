import { z } from "@hono/zod-openapi";
import { PROBLEM_STATUS, type ProblemCode } from "../problem.ts";

/** What goes over the wire: the same schemas check requests and make the OpenAPI document. */

/** How many. */
export const count = z.int().nonnegative();
/** Names and what they stand for. */
export const texts = z.record(z.string(), z.string());

/** Either family of clients. */
export const client = z.enum(["incus", "lxd"]).openapi("Client");

/** A switch in a query. */
export const querySwitch = z.enum(["true", "false"]).transform((text) => text === "true");

/** What an image is launched as. */
export const imageType = z.enum(["container", "virtual-machine"]).openapi("ImageType");

/** A problem (RFC 9457). */
export const problem = z.looseObject({
  type: z.literal("about:blank"),
  title: z.string(),
  status: z.int(),
  code: z.enum(problemCodes()).openapi({ description: "Stable; act on this" }),
  detail: z.string(),
}).openapi("Problem");

const file = z.strictObject({
  ftype: z.string(),
  path: z.string().openapi({ description: "Relative to the root" }),
  size: count.openapi({ description: "Bytes" }),
  sha256: z.string(),
}).readonly().openapi("File");

/** What a client that has the version before downloads of an image. */
export const deltaDownload = z.strictObject({
  base: z.string().openapi({ description: "The version that the client must have" }),
  size: count.openapi({ description: "Bytes of metadata and delta" }),
  percent: count.openapi({ description: "Of the bytes of the whole image, rounded" }),
}).readonly().openapi("DeltaDownload");

/** The same, and the delta itself. */
const delta = z.strictObject({ ...deltaDownload.unwrap().shape, file }).readonly()
  .openapi("Delta");

/** A published image with its files. */
export const image = z.strictObject({
  fingerprint: z.string(),
  type: imageType,
  clients: z.array(client).readonly(),
  size: count.openapi({ description: "Bytes of all its files" }),
  files: z.array(file).readonly(),
  delta: delta.optional().openapi({ description: "Absent when no client can get it by one" }),
}).readonly().openapi("Image");

/** What a document may say of a product for those who choose. */
export const titles = {
  release_title: z.string().optional(),
  release_codename: z.string().optional(),
  version: z.string().optional(),
  support_eol: z.string().optional().openapi({ example: "2028-06-30" }),
  supported: z.boolean().optional(),
};

/** A published product. */
export const product = z.strictObject({
  id: z.string().openapi({ example: "debian:12:amd64:default" }),
  os: z.string(),
  release: z.string(),
  arch: z.string(),
  variant: z.string(),
  ...titles,
  aliases: z.array(z.string()).readonly(),
  requirements: texts.readonly().openapi({ description: "What Incus reads" }),
  lxd_requirements: texts.readonly().openapi({ description: "What LXD reads" }),
  versions: z.array(
    z.strictObject({
      name: z.string(),
      label: z.string().optional(),
      images: z.array(image).readonly(),
    }).readonly(),
  ).readonly().openapi({ description: "The oldest first" }),
}).readonly().openapi("Product");

/** What a page of a list ends with. */
export const nextCursor = z.string().optional().openapi({
  description: "Asks for the next page; absent on the last",
});

/** A page of products. */
export const productPage = z.strictObject({
  products: z.array(product).readonly(),
  cursor: nextCursor,
}).openapi("ProductPage");

/** What products are asked for. */
export const productQuery = z.strictObject({
  os: z.string().optional(),
  release: z.string().optional(),
  arch: z.string().optional().openapi({ description: "By any of its names: amd64 is x86_64" }),
  variant: z.string().optional(),
  type: imageType.optional(),
  client: client.optional().openapi({ description: "What this family of clients would see" }),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().optional(),
});

const finding = z.strictObject({
  code: z.string(),
  severity: z.enum(["warning", "error"]),
  path: z.string(),
  message: z.string(),
}).readonly().openapi("Finding");

/** Findings, sorted by path. */
export const findings = z.array(finding).readonly();

/** A list of names. */
export const names = z.array(z.string()).readonly();

/** What an index run came to; the command line's `--json` has the same, and the root. */
const indexResult = z.strictObject({
  written: z.boolean(),
  scope: z.union([z.literal("all"), names]).openapi({ description: "What was looked at" }),
  counts: z.strictObject({
    products: count,
    versions: count,
    images: count,
    hashedFiles: count,
    hashedBytes: count,
  }).readonly(),
  documents: z.array(
    z.strictObject({ path: z.string(), changed: z.boolean(), sizeBytes: count }).readonly(),
  ).readonly(),
  changes: z.strictObject({ added: names, removed: names, changed: names }).readonly(),
  findings,
}).readonly().openapi("IndexResult");

/** The answer to a reindex that was waited for. */
export const reindexed = indexResult.unwrap().extend({
  run: z.string(),
  ms: z.number(),
}).openapi("Reindexed");

/** What a reindex can be asked for, in the body. */
export const reindexBody = z.strictObject({
  dryRun: z.boolean().optional().openapi({
    description: "Find out what would change, write nothing",
  }),
  rehash: z.boolean().optional().openapi({ description: "Read every file again" }),
  strict: z.boolean().optional().openapi({ description: "Answer 422 when there are findings" }),
  products: z.array(z.string()).min(1).optional().openapi({
    description: "Ids or prefixes; only these are looked at",
    example: ["debian:bookworm"],
  }),
}).openapi("ReindexRequest");

/** The same in the query; `products` several times, or with commas. */
export const reindexQuery = z.strictObject({
  dryRun: querySwitch.optional(),
  rehash: querySwitch.optional(),
  strict: querySwitch.optional(),
  products: z.union([z.string(), z.array(z.string())]).optional().openapi({
    description: "Ids or prefixes, separated by commas",
  }),
});

/** A point in time. */
export const time = z.string().openapi({ format: "date-time" });

/** A run as it stands. */
export const run = z.strictObject({
  run: z.string(),
  state: z.enum(["queued", "running", "done", "failed"]),
  trigger: z.enum(["api", "requirements", "rescan", "start", "watch"]),
  request: z.strictObject({
    dryRun: z.boolean(),
    rehash: z.boolean(),
    products: names.optional(),
  }).readonly(),
  queuedAt: time,
  startedAt: time.optional(),
  finishedAt: time.optional(),
  ms: z.number().optional(),
  progress: z.strictObject({
    files: count,
    totalFiles: count,
    bytes: count,
    totalBytes: count,
  }).readonly().optional(),
  result: indexResult.optional(),
  problem: problem.optional(),
}).openapi("Run");

/** The runs that are remembered. */
export const runList = z.strictObject({ runs: z.array(run).readonly() }).openapi("RunList");

// Not z.int(): a file may have whole numbers of any length, as the digits that stand there.
const wholeNumber = z.number().refine(Number.isInteger).openapi({ type: "integer" });
const requirementValue = z.union([z.string(), z.boolean(), wholeNumber]);

/** A requirements file. */
export const requirements = z.record(z.string(), requirementValue).openapi("Requirements", {
  example: { secureboot: "false" },
});

/** A merge patch of one (RFC 7396): null takes a key away. */
export const requirementsPatch = z.record(z.string(), requirementValue.nullable())
  .openapi("RequirementsPatch", { example: { secureboot: null } });

/** What is asked of a level's requirements, and when it is changed. */
export const requirementsQuery = z.strictObject({ client: client.default("incus") });
/** The same with what is to be done after a change. */
export const changeQuery = requirementsQuery.extend({
  reindex: querySwitch.optional().openapi({
    description: "Publish the products below this level in the same call",
  }),
});

/** A level's requirements. */
export const levelRequirements = z.strictObject({
  level: z.string(),
  client,
  own: texts.readonly().nullable().openapi({ description: "This level's file; null without one" }),
  effective: texts.readonly().openapi({ description: "Merged from the levels above" }),
}).openapi("LevelRequirements");

/** What a change came to. */
// Not levelRequirements.extend(): the document would ask of one object to be both, and to have no
// other fields than either.
export const changedRequirements = z.strictObject({
  ...levelRequirements.shape,
  effective: texts.readonly().nullable().openapi({
    description: "Null when a file of another level is broken",
  }),
  changed: z.boolean(),
  findings,
  reindex: reindexed.optional(),
}).openapi("ChangedRequirements");

function problemCodes(): [ProblemCode, ...ProblemCode[]] {
  const [first = "INTERNAL", ...rest] = Object.keys(PROBLEM_STATUS).sort().filter(isProblemCode);
  return [first, ...rest];
}

function isProblemCode(text: string): text is ProblemCode {
  return text in PROBLEM_STATUS;
}

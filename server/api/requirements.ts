import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import {
  changeLevelRequirements,
  type RequirementsChange,
} from "../../core/change_requirements.ts";
import { type Level, parseLevel } from "../../core/format/level.ts";
import { parseRequirements } from "../../core/format/requirements.ts";
import { parseRequirementsPatch } from "../../core/format/requirements_patch.ts";
import { readLevelRequirements } from "../../core/level_requirements.ts";
import type { Locker, TreeReader, TreeWriter, YamlReader } from "../../core/ports.ts";
import type { ServerEnvironment } from "../environment.ts";
import { HttpProblem } from "../problem.ts";
import type { ReindexRun, ReindexRuns } from "../reindex_runs.ts";
import { isTagListed } from "../tree/entity_tag.ts";
import { answer, type ApiApp, problems, writeProblems } from "./api_app.ts";
import { misfitProblem } from "./misfits.ts";
import { requireConditions, tagOf } from "./level_tags.ts";
import { reindexedBody } from "./reindex.ts";
import {
  changedRequirements,
  changeQuery,
  levelRequirements,
  requirements,
  requirementsPatch,
  requirementsQuery,
} from "./schemas.ts";

/** What the routes of requirements need. */
export interface RequirementsServices {
  readonly root: string;
  readonly ports: {
    readonly reader: TreeReader;
    readonly writer: TreeWriter;
    readonly locker: Locker;
    readonly yaml: YamlReader;
  };
  readonly runs: ReindexRuns;
  readonly followLinks: boolean;
}

const LEVELS = ["os", "release", "arch", "variant"] as const;
const TAGS = ["requirements"];
/** A change takes no longer than a file takes to write, so that nobody has to wait for long. */
const LOCK_WAIT_MS = 10_000;
const NONE_MATCH = { "if-none-match": z.string().optional() };
const CONDITIONS = z.object({ "if-match": z.string().optional(), ...NONE_MATCH });
const CHANGE_PROBLEMS = writeProblems(
  ...["NOT_FOUND", "PRECONDITION_FAILED", "FORMAT", "INVALID", "UNKNOWN_FIELD"] as const,
  ...["REFUSED", "LOCKED", "NOT_READY", "STORAGE"] as const,
);

/** The changes that come with a body, and the parser that tells where it is none. */
const CHANGES = [
  {
    method: "put",
    summary: "Set the requirements",
    description: "The whole file; what is not in it is gone",
    content: { "application/json": { schema: requirements } },
    parse: parseRequirements,
  },
  {
    method: "patch",
    summary: "Change some requirements",
    description: "A merge patch (RFC 7396): null takes a key away",
    content: {
      "application/merge-patch+json": { schema: requirementsPatch },
      "application/json": { schema: requirementsPatch },
    },
    parse: parseRequirementsPatch,
  },
] as const;

/** Adds the routes of requirements: the same ones for each of the four levels. */
export function addRequirements(app: ApiApp, services: RequirementsServices): void {
  for (const depth of [1, 2, 3, 4]) addLevel(app, services, LEVELS.slice(0, depth));
}

function addLevel(app: ApiApp, services: RequirementsServices, names: readonly string[]): void {
  const { root, ports, followLinks } = services;
  const path = `/requirements/${names.map((name) => `{${name}}`).join("/")}`;
  const params = z.object(Object.fromEntries(names.map((name) => [name, z.string()])));
  const levelIn = (values: Readonly<Record<string, string>>) =>
    parseLevel(names.map((name) => values[name] ?? ""));
  const answers = {
    200: answer(changedRequirements, "What holds now, and whether that is new"),
    ...CHANGE_PROBLEMS,
  };
  const asked = { params, query: changeQuery, headers: CONDITIONS };
  const of = `of one ${names.at(-1)}`;

  const readRoute = createRoute({
    method: "get",
    path,
    tags: TAGS,
    summary: `Read the requirements ${of}`,
    request: { params, query: requirementsQuery, headers: z.object(NONE_MATCH) },
    responses: {
      200: answer(levelRequirements, "This level's own file, and what it comes to"),
      304: { description: "As If-None-Match says" },
      ...problems("NOT_FOUND", "FORMAT", "INVALID", "UNKNOWN_FIELD"),
    },
  });
  app.openapi(readRoute, async (context) => {
    const level = levelIn(context.req.valid("param"));
    const { client } = context.req.valid("query");
    const read = await readLevelRequirements(ports, root, { level, client, followLinks });
    const body = { level: level.names.join(":"), client, ...read };
    const tag = tagOf(read);
    context.header("ETag", tag);
    context.header("Cache-Control", "no-cache");
    if (isTagListed(context.req.header("If-None-Match") ?? "", tag)) return context.body(null, 304);
    return context.json(body, 200);
  });

  for (const { method, summary, description, content, parse } of CHANGES) {
    const route = createRoute({
      method,
      path,
      tags: TAGS,
      summary: `${summary} ${of}`,
      description,
      request: { ...asked, body: { content, required: true } },
      responses: answers,
    });
    app.openapi(
      route,
      async (context) =>
        context.json(
          await change(context, {
            level: levelIn(context.req.valid("param")),
            query: context.req.valid("query"),
            change: { kind: method, text: await context.req.text() },
          }),
          200,
        ),
      (found, context) =>
        found.success ? undefined : throwMisfit(found.error.issues, context, parse),
    );
  }

  const deleteRoute = createRoute({
    method: "delete",
    path,
    tags: TAGS,
    summary: `Remove the requirements file ${of}`,
    request: asked,
    responses: answers,
  });
  app.openapi(deleteRoute, async (context) =>
    context.json(
      await change(context, {
        level: levelIn(context.req.valid("param")),
        query: context.req.valid("query"),
        change: { kind: "delete" },
      }),
      200,
    ));

  async function change(
    context: Context<ServerEnvironment>,
    asked: {
      readonly level: Level;
      readonly query: z.infer<typeof changeQuery>;
      readonly change: RequirementsChange;
    },
  ) {
    const { level, query } = asked;
    const { client, reindex } = query;
    const ifMatch = context.req.header("If-Match");
    const ifNoneMatch = context.req.header("If-None-Match");
    const changed = await changeLevelRequirements(ports, root, {
      ...{ level, client, followLinks, change: asked.change, waitMs: LOCK_WAIT_MS },
      check: (before) => requireConditions({ ifMatch, ifNoneMatch }, before),
    });
    context.header("ETag", tagOf(changed));
    const body = { level: level.names.join(":"), client, ...changed };
    if (!reindex) return body;
    const products = [level.names.join(":")];
    const request = { dryRun: false, rehash: false, products };
    const run = await services.runs.submit(request, "requirements").finished;
    return { ...body, reindex: reindexedAfter(run, body) };
  }
}

/**
 * Throws what is wrong with a body that does not fit its schema; where the parser of requirements
 * files says no too, it tells in which line and column.
 */
async function throwMisfit(
  issues: readonly z.core.$ZodIssue[],
  context: Context<ServerEnvironment>,
  parse: (text: string, path: string) => unknown,
): Promise<never> {
  parse(await context.req.text(), "request body");
  throw misfitProblem(issues);
}

/** What the run came to; its problem tells besides that the change is made all the same. */
function reindexedAfter(run: ReindexRun, requirements: { readonly changed: boolean }) {
  try {
    return reindexedBody(run);
  } catch (error) {
    if (!(error instanceof HttpProblem)) throw error;
    const state = requirements.changed ? "are changed" : "were so before";
    throw new HttpProblem(error.code, `${error.message}; the requirements ${state}`, {
      ...error.extras,
      members: { ...error.extras.members, requirements },
    });
  }
}

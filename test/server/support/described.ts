import assert from "node:assert/strict";
import { z } from "zod";
import type { Answer, TestService } from "./service.ts";

/** An OpenAPI document, as far as tests look into it. */
export interface Description {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

/** A method of a path. */
export interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: "path" | "query" | "header";
    readonly required?: boolean;
    readonly schema: object;
  }[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Content }>
  >;
}

type Content = Readonly<Record<string, { readonly schema: object }>>;

/** Where the API is; the paths of its description start there. */
export const API = "/api/v1";

let known: Promise<Description> | undefined;

/** Returns what the service says of its API; it is the same for all. */
export function describeApi(service: TestService): Promise<Description> {
  return known ??= service.json(`${API}/openapi.json`).then(({ status, body }) => {
    assert.equal(status, 200);
    return body;
  });
}

/** Asks the API, below `/api/v1`, and asserts that the answer is one that its description has. */
export async function ask(
  service: TestService,
  path: string,
  init: RequestInit = {},
): Promise<Answer> {
  const answer = await service.json(`${API}${path}`, init);
  const { pathname } = new URL(`http://host${API}${path}`);
  const method = init.method ?? "GET";
  assertDescribed(await describeApi(service), { method, path: pathname, answer });
  return answer;
}

/** Asserts that an answer has a status, a type and a shape that the description of its route has. */
export function assertDescribed(description: Description, called: {
  readonly method: string;
  readonly path: string;
  readonly answer: Answer;
}): void {
  const { method, path, answer: { status, headers, body } } = called;
  const what = `${method} ${path}: ${status}`;
  const type = headers.get("Content-Type")?.split(";")[0] ?? "";
  const operation = operationOf(description, called);
  if (status >= 400) {
    assert.equal(type, "application/problem+json", what);
    assert.equal(body.status, status, what);
    assert.equal(body.requestId, headers.get("X-Request-Id"), what);
    assert.match(body.detail, /^[A-Z][^]*[^.]$/, what);
  }
  if (operation === undefined) {
    assert.ok(["METHOD_NOT_ALLOWED", "NO_ROUTE"].includes(body?.code), what);
    parserOf(description, description.components.schemas["Problem"] ?? {}).parse(body);
    return;
  }
  const { content = {} } = operation.responses[status] ?? assert.fail(`${what} is not described`);
  const { schema } = content[type] ?? assert.fail(`${what} is not described as ${type}`);
  const parsed = parserOf(description, schema).safeParse(body);
  assert.ok(parsed.success, `${what}: ${parsed.error?.message}`);
}

function operationOf(
  { paths }: Description,
  { method, path }: { readonly method: string; readonly path: string },
): Operation | undefined {
  const names = path.slice(API.length).split("/");
  const found = Object.entries(paths).filter(([pattern]) => {
    const parts = pattern.split("/");
    return parts.length === names.length &&
      parts.every((part, index) => part.startsWith("{") || part === names[index]);
  });
  assert.ok(found.length <= 1, `${path} is described more than once`);
  return found[0]?.[1][method.toLowerCase()];
}

/** A parser made of what the document says, not of what the service was made from. */
function parserOf({ components }: Description, schema: object): z.ZodType {
  const text = JSON.stringify({ ...schema, $defs: components.schemas });
  return z.fromJSONSchema(JSON.parse(text.replaceAll("#/components/schemas/", "#/$defs/")));
}

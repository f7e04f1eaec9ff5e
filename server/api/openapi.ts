import { z } from "@hono/zod-openapi";
import { VERSION } from "../../core/version.ts";
import { type ApiApp, problems } from "./api_app.ts";
import { describePage, type OpenApiDocument } from "./docs_page.ts";

/** No script at all, and nothing from another host. */
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'";

/** Adds the description of the API, made from the schemas that check its requests, and a page of it. */
export function addOpenApi(app: ApiApp): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
    description: "A line of the server's token file",
  });
  let known: OpenApiDocument | undefined;
  // Made when somebody asks: it takes a while, and nearly nobody does.
  const document = () => known ??= describe(app);
  describeItself(app);
  app.get("/openapi.json", (context) => context.json(document()));
  app.get("/docs", (context) => {
    context.header("Content-Security-Policy", PAGE_POLICY);
    return context.html(describePage(document()));
  });
}

function describeItself(app: ApiApp): void {
  app.openAPIRegistry.registerPath({
    method: "get",
    tags: ["description"],
    path: "/openapi.json",
    summary: "Describe the API, for programs",
    responses: {
      200: {
        description: "OpenAPI 3.1",
        content: { "application/json": { schema: z.object({}) } },
      },
      ...problems(),
    },
  });
  app.openAPIRegistry.registerPath({
    method: "get",
    tags: ["description"],
    path: "/docs",
    summary: "Describe the API, for people",
    responses: {
      200: { description: "A page", content: { "text/html": { schema: z.string() } } },
      ...problems(),
    },
  });
}

function describe(app: ApiApp): OpenApiDocument {
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "simplestreams",
      version: VERSION,
      description: "Indexes a tree of Incus and LXD images, lists what is published, and keeps " +
        "requirements. Errors are application/problem+json with a stable `code`.",
    },
    servers: [{ url: "/api/v1" }],
    security: [{}, { token: [] }],
  });
}

import { createRoute, z } from "@hono/zod-openapi";
import { SimplestreamsError } from "../../core/errors.ts";
import { printable } from "../../core/format/text.ts";
import type { PublishedState } from "../published_state.ts";
import { answer, type ApiApp, problems } from "./api_app.ts";
import { linkNext, readCursor } from "./paging.ts";
import { noQuery } from "./parse_query.ts";
import { product, productPage, productQuery } from "./schemas.ts";

const TAGS = ["products"];

const listRoute = createRoute({
  method: "get",
  path: "/products",
  tags: TAGS,
  summary: "List what is published",
  request: { query: productQuery },
  responses: {
    200: answer(productPage, "Products sorted by id"),
    ...problems("INVALID", "UNKNOWN_FIELD", "FORMAT"),
  },
});

const showRoute = createRoute({
  method: "get",
  path: "/products/{id}",
  tags: TAGS,
  summary: "Show one product",
  request: {
    params: z.object({ id: z.string().openapi({ example: "debian:12:amd64:default" }) }),
    query: noQuery,
  },
  responses: {
    200: answer(product, "The product"),
    ...problems("NOT_FOUND", "UNKNOWN_FIELD", "FORMAT"),
  },
});

/** Adds the routes that read the published document. */
export function addProducts(app: ApiApp, published: PublishedState): void {
  app.openapi(listRoute, (context) => {
    const { limit, cursor, ...filter } = context.req.valid("query");
    const after = cursor === undefined ? undefined : readCursor(cursor);
    const page = published.catalog()?.list(filter, { after, limit });
    if (page?.next === undefined) return context.json({ products: page?.products ?? [] }, 200);
    const next = linkNext(context, page.next);
    return context.json({ products: page.products, cursor: next }, 200);
  });

  app.openapi(showRoute, (context) => {
    const { id } = context.req.valid("param");
    const found = published.catalog()?.product(id);
    if (found !== undefined) return context.json(found, 200);
    throw new SimplestreamsError(
      "NOT_FOUND",
      `Cannot show "${printable(id)}": no such product is published, expected an id as ` +
        "os:release:arch:variant; GET /api/v1/products lists them",
    );
  });
}

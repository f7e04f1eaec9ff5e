import { createRoute, z } from "@hono/zod-openapi";
import { imageTest, type ListedImage } from "../../core/list_images.ts";
import type { ImageLists } from "../image_lists.ts";
import { HttpProblem } from "../problem.ts";
import type { Shower } from "../run_read.ts";
import { answer, type ApiApp, problems } from "./api_app.ts";
import { linkNext, readCursor } from "./paging.ts";
import { noQuery, parseQuery } from "./parse_query.ts";
import { imagePage, imageQuery, shownImages } from "./image_schemas.ts";

/** What the routes of images need. */
export interface ImageServices {
  readonly images: ImageLists;
  readonly show: Shower;
}

const TAGS = ["images"];

const listRoute = createRoute({
  method: "get",
  path: "/images",
  tags: TAGS,
  summary: "List images with their aliases",
  description: "An image each, as `simplestreams list` shows them",
  request: { query: imageQuery },
  responses: {
    200: answer(imagePage, "By the product's id, the newest version first"),
    ...problems("INVALID", "UNKNOWN_FIELD", "FORMAT"),
  },
});

const showRoute = createRoute({
  method: "get",
  path: "/images/{name}",
  tags: TAGS,
  summary: "Show an image or a product in full",
  description: "By an alias, a fingerprint or its first digits, a product's id, or ID@VERSION; " +
    "the slashes of an alias may stand as they are. Digests nothing",
  request: {
    params: z.object({ name: z.string().openapi({ example: "debian/12" }) }),
    query: noQuery,
  },
  responses: {
    200: answer(shownImages, "All that has the name"),
    ...problems("NOT_FOUND", "UNKNOWN_FIELD", "USAGE", "FORMAT"),
  },
});

/** Adds the routes that read what is published an image each. */
export function addImages(app: ApiApp, { images, show }: ImageServices): void {
  app.openapi(listRoute, async (context) => {
    const { limit, cursor, word, ...names } = context.req.valid("query");
    const all = await images.list(names.client);
    const isAskedFor = imageTest({ ...names, words: word === undefined ? [] : [word].flat() });
    const page: ListedImage[] = [];
    for (let place = cursor === undefined ? 0 : placeAfter(all, cursor);; place++) {
      const image = all[place];
      if (image === undefined) return context.json({ images: page }, 200);
      if (!isAskedFor(image)) continue;
      const last = page.at(-1);
      if (page.length === limit && last !== undefined) {
        return context.json({ images: page, cursor: linkNext(context, positionOf(last)) }, 200);
      }
      page.push(image);
    }
  });

  app.openAPIRegistry.registerPath(showRoute);
  // Not by app.openapi(): its parameters end at a slash, and aliases have some.
  app.get("/images/:name{.+}", async (context) => {
    parseQuery(noQuery, context);
    return context.json(await show(context.req.param("name")));
  });
}

function positionOf({ product, version, fingerprint }: ListedImage): string {
  return JSON.stringify([product, version, fingerprint]);
}

const position = z.tuple([z.string(), z.string(), z.string()]);

/** Where the list goes on; the image where the page ended may be gone by now. */
function placeAfter(images: readonly ListedImage[], cursor: string): number {
  const [product, version, fingerprint] = parsePosition(readCursor(cursor));
  const isVersion = (image: ListedImage) => image.product === product && image.version === version;
  const exact = images.findIndex((one) => isVersion(one) && one.fingerprint === fingerprint);
  if (exact !== -1) return exact + 1;
  const next = images.findIndex((one) =>
    one.product > product || one.product === product && one.version < version
  );
  return next === -1 ? images.length : next;
}

function parsePosition(text: string): z.infer<typeof position> {
  try {
    return position.parse(JSON.parse(text));
  } catch (cause) {
    throw new HttpProblem(
      "INVALID",
      "Cannot use the cursor: it is none of this server's, expected one that a page ended with",
      { members: { errors: [{ field: "cursor", message: String(cause) }] } },
    );
  }
}

import { z } from "@hono/zod-openapi";
import {
  client,
  count,
  deltaDownload,
  findings,
  image,
  imageType,
  names,
  nextCursor,
  productQuery,
  texts,
  titles,
} from "./schemas.ts";

/** An image with the aliases that lead to it. */
const listedImage = z.strictObject({
  product: z.string().openapi({ example: "debian:12:amd64:default" }),
  os: z.string(),
  release: z.string(),
  arch: z.string(),
  variant: z.string(),
  version: z.string(),
  fingerprint: z.string(),
  type: imageType,
  size: count.openapi({ description: "Bytes of all its files" }),
  aliases: names.openapi({ description: "Those that lead to this very image" }),
  clients: z.array(client).readonly(),
  requirements: texts.readonly().openapi({
    description: "As the client that is asked for reads them, else as the first in `clients`",
  }),
  delta: deltaDownload.optional().openapi({
    description: "Absent when no client can get the image by a delta",
  }),
}).readonly().openapi("ListedImage");

/** A page of images. */
export const imagePage = z.strictObject({
  images: z.array(listedImage).readonly(),
  cursor: nextCursor,
}).openapi("ImagePage");

/** What images are asked for; `word` several times. */
export const imageQuery = z.strictObject({
  ...productQuery.shape,
  client: client.optional().openapi({ description: "What this client lists, under its names" }),
  word: z.union([z.string(), z.array(z.string())]).optional().openapi({
    description: "In an alias, the product's id or the version, or begins the fingerprint; " +
      "several times for several words",
  }),
});

const requirementSources = z.array(
  z.strictObject({
    key: z.string(),
    value: z.string(),
    file: z.string().optional().openapi({
      description: "The file that gives the value; absent when none of the tree does",
    }),
  }).readonly().openapi("RequirementSource"),
).readonly();

/** What is known of the images that have a name. */
export const shownImages = z.strictObject({
  name: z.string(),
  products: z.array(
    z.strictObject({
      id: z.string().openapi({ example: "debian:12:amd64:default" }),
      os: z.string(),
      release: z.string(),
      arch: z.string(),
      variant: z.string(),
      ...titles,
      aliases: names.openapi({ description: "As they are published" }),
      requirements: requirementSources,
      lxd_requirements: requirementSources,
      images: z.array(
        z.strictObject({
          version: z.string(),
          label: z.string().optional(),
          ...image.unwrap().shape,
          aliases: names.openapi({ description: "Those that lead to this very image" }),
        }).readonly().openapi("ShownImage"),
      ).readonly().openapi({ description: "The newest version first" }),
    }).readonly().openapi("ShownProduct"),
  ).readonly(),
  findings,
  changes: names.openapi({ description: "What the next index run would do with the products" }),
  unchecked: z.string().optional().openapi({
    description: "Why that is not known, when it is not: files that no run has read, for one",
  }),
}).openapi("ShownImages");

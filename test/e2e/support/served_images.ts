import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { assertTreeAgrees } from "./agreement.ts";
import { type ImageSpec, makeBusyboxImage } from "./busybox_image.ts";
import { runSimplestreams } from "./simplestreams.ts";
import { type ServedRoot, serveRoot } from "./serve.ts";
import { findTreeImages, type TreeImage } from "./tree_images.ts";
import { workDirectory } from "./work_directory.ts";

/** A tree that the program under test filled and indexed, while it is served. */
export interface ServedImages extends ServedRoot {
  readonly root: string;
  /** As `findTreeImages` returns them. */
  readonly images: readonly TreeImage[];
}

/** The image that most tests use; `mark` has to differ from test to test. */
export function imageSpec(mark: string, changes: Partial<ImageSpec> = {}): ImageSpec {
  return {
    mark,
    os: "Busybox",
    release: "1.36",
    variant: "default",
    createdAt: new Date("2024-01-01T05:24:00Z"),
    metadata: ["incus.tar.xz"],
    roots: ["root.tar.xz"],
    ...changes,
  };
}

/**
 * Makes images, imports them into a new root, publishes it and serves it until the test ends.
 */
export async function serveImages(
  test: TestContext,
  specs: readonly ImageSpec[],
  options: {
    /** Written below the root before it is published, path to content. */
    readonly files?: Readonly<Record<string, string>>;
    /** Of the server. */
    readonly args?: readonly string[];
  } = {},
): Promise<ServedImages> {
  const { files = {}, args = [] } = options;
  const root = await mkdtemp(join(workDirectory(), "root-"));
  for (const spec of specs) await importImage(root, spec);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  await publishTree(root);
  const images = await findTreeImages(root);
  assert.equal(images.length, specs.flatMap((spec) => spec.roots).length, "images in the tree");
  return { root, images, ...await serveRoot(test, root, args) };
}

/** Makes an image and imports it into a root. */
export async function importImage(root: string, spec: ImageSpec): Promise<void> {
  await runSimplestreams("-N", "-i", await makeBusyboxImage(spec), root);
}

/** Publishes a root, and asserts that its dry run and the independent checks agree with it. */
export async function publishTree(root: string): Promise<void> {
  const dryRun = await runSimplestreams(root);
  await runSimplestreams("-N", root);
  const published = await readFile(join(root, "streams/v1/images.json"), "utf8");
  assert.ok(dryRun === published, `the dry run of ${root} prints something else than images.json`);
  await assertTreeAgrees(root);
}

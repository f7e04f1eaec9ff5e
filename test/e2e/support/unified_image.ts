import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { ARCHITECTURE, type ImageSpec, makeBusyboxImage } from "./busybox_image.ts";
import { run } from "./run.ts";
import { type ServedRoot, serveRoot } from "./serve.ts";
import { sha256sum } from "./tree_images.ts";
import { workDirectory } from "./work_directory.ts";

/** A root with one unified image, while it is served. */
export interface ServedUnified extends ServedRoot {
  /** Of the image's file, below the root. */
  readonly path: string;
  readonly sha256: string;
}

/** Serves a unified image under documents that are written by hand: the indexer lists no such image. */
export async function serveUnified(
  test: TestContext,
  spec: ImageSpec,
  ftype: string,
): Promise<ServedUnified> {
  const root = await mkdtemp(join(workDirectory(), "root-"));
  const id = [spec.os, spec.release, ARCHITECTURE.debian, spec.variant];
  const [version, folder] = ["20240101_05:24", join("images", ...id, "20240101_05:24")];
  const path = join(folder, ftype);
  await mkdir(join(root, folder), { recursive: true });
  await packUnified(spec, join(root, path));
  const sha256 = await sha256sum(join(root, path));
  const { size } = await stat(join(root, path));
  const items = { [ftype]: { ftype, path, sha256, size } };
  const product = {
    aliases: `${spec.os}/${spec.release}`,
    arch: ARCHITECTURE.debian,
    os: spec.os,
    release: spec.release,
    release_title: spec.release,
    requirements: {},
    variant: spec.variant,
    versions: { [version]: { items } },
  };
  await publishByHand(root, { [id.join(":")]: product });
  return { ...await serveRoot(test, root), path, sha256 };
}

/** Metadata and, in rootfs/, the root of a split image in one archive. */
async function packUnified(spec: ImageSpec, target: string): Promise<void> {
  const source = await makeBusyboxImage({ ...spec, roots: ["root.tar.xz"] });
  const inSource = { directory: source };
  await mkdir(join(source, "rootfs"));
  await run("tar", ["-xf", "incus.tar.xz"], inSource);
  await run("tar", ["-C", "rootfs", "-xf", "root.tar.xz"], inSource);
  const owner = ["--owner=0", "--group=0"];
  await run("tar", [...owner, "-czf", target, "metadata.yaml", "rootfs"], inSource);
  await rm(source, { recursive: true });
}

async function publishByHand(root: string, products: Readonly<Record<string, object>>) {
  const path = "streams/v1/images.json";
  const images = {
    content_id: "images",
    datatype: "image-downloads",
    format: "products:1.0",
    products,
  };
  const entry = { datatype: "image-downloads", format: "products:1.0", path };
  const index = {
    format: "index:1.0",
    index: { images: { ...entry, products: Object.keys(products) } },
  };
  await mkdir(join(root, "streams/v1"), { recursive: true });
  await writeFile(join(root, path), JSON.stringify(images));
  await writeFile(join(root, "streams/v1/index.json"), JSON.stringify(index));
}

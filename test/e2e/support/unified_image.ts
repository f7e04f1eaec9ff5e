import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { ARCHITECTURE, type ImageSpec, makeBusyboxImage } from "./busybox_image.ts";
import { run } from "./run.ts";
import { type ServedRoot, serveRoot } from "./serve.ts";
import { runSimplestreams } from "./simplestreams.ts";
import { sha256sum } from "./tree_images.ts";
import { workDirectory } from "./work_directory.ts";

/** A root with one unified image, while it is served. */
export interface ServedUnified extends ServedRoot {
  /** Of the image's file, below the root. */
  readonly path: string;
  readonly sha256: string;
}

/** Publishes and serves a unified image, in the one file of this name. */
export async function serveUnified(
  test: TestContext,
  spec: ImageSpec,
  name: string,
): Promise<ServedUnified> {
  const root = await mkdtemp(join(workDirectory(), "root-"));
  const id = [spec.os, spec.release, ARCHITECTURE.debian, spec.variant];
  const folder = join("images", ...id, "20240101_05:24");
  const path = join(folder, name);
  await mkdir(join(root, folder), { recursive: true });
  await packUnified(spec, join(root, path));
  await runSimplestreams("-N", "--strict", root);
  const sha256 = await sha256sum(join(root, path));
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

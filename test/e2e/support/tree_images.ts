import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { RootFile } from "./busybox_image.ts";
import { run } from "./run.ts";
import type { Vendor } from "./vendor.ts";

/** The files of one image of a tree, and the fingerprint each client must know it by. */
export interface TreeImage {
  /** `OS:RELEASE:ARCH:VARIANT` */
  readonly product: string;
  readonly version: string;
  readonly root: RootFile;
  readonly fingerprints: Readonly<Record<Vendor["name"], string>>;
}

const ROOT_FILES: readonly RootFile[] = ["root.tar.xz", "root.squashfs", "disk.qcow2"];

/** Returns the images of a tree, found without any document, ordered by their paths. */
export async function findTreeImages(root: string): Promise<readonly TreeImage[]> {
  const images: TreeImage[] = [];
  for (const path of await foldersBelow(join(root, "images"), 5)) {
    const [os, release, arch, variant, version] = path.split("/");
    const folder = join(root, "images", path);
    const names = await readdir(folder);
    const product = [os, release, arch, variant].join(":");
    const metadata = (own: string, other: string) =>
      join(folder, names.includes(own) ? own : other);
    for (const name of ROOT_FILES.filter((name) => names.includes(name))) {
      const file = join(folder, name);
      const fingerprints = {
        incus: await sha256sum(metadata("incus.tar.xz", "lxd.tar.xz"), file),
        lxd: await sha256sum(metadata("lxd.tar.xz", "incus.tar.xz"), file),
      };
      images.push({ product, version: version ?? "", root: name, fingerprints });
    }
  }
  return images;
}

/** Returns the sha256 of files put one after the other, as coreutils see it. */
export async function sha256sum(...paths: readonly string[]): Promise<string> {
  const output = await run("sh", ["-c", 'cat -- "$@" | sha256sum', "sh", ...paths]);
  return output.slice(0, 64);
}

async function foldersBelow(directory: string, depth: number): Promise<readonly string[]> {
  const names = (await readdir(directory, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map((entry) => entry.name)
    .sort();
  if (depth === 1) return names;
  const found: string[] = [];
  for (const name of names) {
    for (const below of await foldersBelow(join(directory, name), depth - 1)) {
      found.push(`${name}/${below}`);
    }
  }
  return found;
}

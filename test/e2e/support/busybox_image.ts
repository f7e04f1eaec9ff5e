import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { emptyQcow2 } from "./qcow2.ts";
import { run } from "./run.ts";
import { workDirectory } from "./work_directory.ts";

/** The names an architecture has: the kernel's in metadata.yaml, Debian's in the tree. */
export const ARCHITECTURE: { readonly kernel: string; readonly debian: string } =
  process.arch === "arm64"
    ? { kernel: "aarch64", debian: "arm64" }
    : { kernel: "x86_64", debian: "amd64" };

/** A file that holds an image's root. */
export type RootFile =
  | "root.tar.xz"
  | "rootfs.tar.xz"
  | "root.squashfs"
  | "rootfs.squashfs"
  | "disk.qcow2";

/** What an image is to be. */
export interface ImageSpec {
  /** Stands in `/etc/mark` of the root and in the metadata, so that no two images are the same. */
  readonly mark: string;
  readonly os: string;
  readonly release: string;
  readonly variant: string;
  readonly createdAt: Date;
  /** Two names: two files that differ. */
  readonly metadata: readonly ("incus.tar.xz" | "lxd.tar.xz")[];
  readonly roots: readonly RootFile[];
}

/** Makes the files of an image that boots to busybox, in a new directory, and returns its path. */
export async function makeBusyboxImage(spec: ImageSpec): Promise<string> {
  const directory = await mkdtemp(join(workDirectory(), "src-"));
  for (const name of spec.metadata) await packMetadata(spec, join(directory, name), name);
  const rootfs = await makeBusyboxRootfs(spec.mark);
  for (const name of spec.roots) await packRoot(rootfs, join(directory, name));
  await rm(rootfs, { recursive: true });
  return directory;
}

async function packMetadata(spec: ImageSpec, target: string, name: string): Promise<void> {
  const directory = await mkdtemp(join(workDirectory(), "m-"));
  const yaml = [
    `architecture: ${ARCHITECTURE.kernel}`,
    `creation_date: ${Math.floor(spec.createdAt.getTime() / 1000)}`,
    "properties:",
    `  architecture: ${ARCHITECTURE.debian}`,
    `  os: ${spec.os}`,
    `  release: "${spec.release}"`,
    `  variant: ${spec.variant}`,
    `  description: ${spec.os} ${spec.mark} (${name})`,
    "",
  ];
  await writeFile(join(directory, "metadata.yaml"), yaml.join("\n"));
  await run("tar", ["-C", directory, "-cJf", target, "metadata.yaml"]);
  await rm(directory, { recursive: true });
}

/** Makes a root that boots to busybox, in a new directory, and returns its path. */
export async function makeBusyboxRootfs(mark: string): Promise<string> {
  const rootfs = await mkdtemp(join(workDirectory(), "r-"));
  await chmod(rootfs, 0o755);
  for (const name of ["bin", "dev", "etc", "proc", "root", "run", "sbin", "sys", "tmp", "var"]) {
    await mkdir(join(rootfs, name));
  }
  const busybox = (await run("sh", ["-c", "command -v busybox"])).trim();
  await copyFile(busybox, join(rootfs, "bin/busybox"));
  for (const name of ["bin/sh", "bin/cat", "sbin/init"]) {
    await symlink("/bin/busybox", join(rootfs, name));
  }
  await writeFile(join(rootfs, "etc/inittab"), "::sysinit:/bin/busybox true\n");
  await writeFile(join(rootfs, "etc/mark"), `${mark}\n`);
  return rootfs;
}

async function packRoot(rootfs: string, target: string): Promise<void> {
  if (target.endsWith(".tar.xz")) {
    const environment = { XZ_OPT: "-0" };
    await run("tar", ["-C", rootfs, "--owner=0", "--group=0", "-cJf", target, "."], {
      environment,
    });
  } else if (target.endsWith(".squashfs")) {
    await run("mksquashfs", [rootfs, target, "-all-root", "-noappend", "-quiet", "-no-progress"]);
  } else {
    await writeFile(target, emptyQcow2(1024 * 1024));
  }
}

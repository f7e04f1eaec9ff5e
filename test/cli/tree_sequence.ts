import { existsSync, lstatSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Dice } from "../support/trees.ts";

/** The names of files that make images. */
export const FILES = ["incus.tar.xz", "lxd.tar.xz", "root.tar.xz", "rootfs.squashfs", "disk.qcow2"];
const VERSIONS = ["20240101", "20240102_03:04", "20240103.7", "202401040506", "20240105"];

/** A tree that is changed step by step; all its files are of one size, and many of one time. */
export interface Sequence {
  readonly dice: Dice;
  readonly base: string;
  readonly root: string;
  /** Content that no file had before. */
  readonly content: () => string;
  /** A time that has settled; with `other`, not the one of that file. */
  readonly time: (other?: string) => Date;
}

/** Starts with an empty tree in a directory. */
export function startSequence(base: string, dice: Dice): Sequence {
  const root = join(base, "tree/root");
  mkdirSync(join(root, "images"), { recursive: true });
  mkdirSync(join(base, "tree/store"));
  let number = 0;
  const times = [1, 2, 3].map((day) => new Date(Date.UTC(2024, 5, day)));
  return {
    dice,
    base,
    root,
    content: () => `content ${String(++number).padStart(6, "0")}\n`,
    time(other) {
      const taken = other === undefined ? undefined : lstatSync(other).mtimeMs;
      const [first = new Date(0), ...rest] = times.filter((time) => time.getTime() !== taken);
      return dice.pick([first, ...rest]);
    },
  };
}

/** Every folder so many levels below `images/`, links followed. */
export function foldersOf({ root }: Sequence, levels: number): string[] {
  let folders = [join(root, "images")];
  for (let level = 0; level < levels; level++) {
    folders = folders.flatMap((folder) =>
      readdirSync(folder).filter((name) => !name.startsWith(".")).sort()
        .map((name) => join(folder, name))
    );
  }
  return folders;
}

/** One of the versions of the tree. */
export function pickVersion(sequence: Sequence): string | undefined {
  const [first, ...rest] = foldersOf(sequence, 5);
  return first === undefined ? undefined : sequence.dice.pick([first, ...rest]);
}

/** One of the files of one of the versions. */
export function pickFile(sequence: Sequence): string | undefined {
  const folder = pickVersion(sequence);
  if (folder === undefined) return undefined;
  const [first, ...rest] = filesOf(folder);
  return first === undefined ? undefined : join(folder, sequence.dice.pick([first, ...rest]));
}

/** A version that is not there. */
export function pickFreeName(sequence: Sequence): string | undefined {
  const { dice, root } = sequence;
  const product = join(
    ...[root, "images", dice.pick(["debian", "ubuntu"]), dice.pick(["12", "24.04"])],
    ...[dice.pick(["amd64", "arm64"]), dice.pick(["default", "cloud"])],
  );
  const free = VERSIONS.filter((name) => !existsSync(join(product, name)));
  const [first, ...rest] = free;
  return first === undefined ? undefined : join(product, dice.pick([first, ...rest]));
}

/** Writes a file that has settled. */
export function writeNew(sequence: Sequence, path: string): void {
  writeFileSync(path, sequence.content());
  const time = sequence.time();
  utimesSync(path, time, time);
}

/** The files of a version that make its images. */
export function filesOf(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => FILES.includes(name)).sort();
}

/** A path as it is told. */
export function short({ root }: Sequence, path: string): string {
  return relative(join(root, "images"), path);
}

import { mkdirSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { succeed } from "../../support/command.ts";
import { makeTempDirectory } from "../../support/temp_directory.ts";
import {
  IMAGES,
  LONG_AGO,
  readDocument,
  writeSampleTree,
  writeVersion,
} from "../../support/trees.ts";

/** A version of the sample tree, `OS/RELEASE/ARCH/VARIANT/VERSION`, and a file of it. */
export const FOLDER = "debian/12/amd64/default/20240102_00:00";
export const SMALL = `images/${FOLDER}/root.squashfs`;

/** Makes a root with the sample tree, published by the command line. */
export async function publishedTree(test: TestContext): Promise<string> {
  const root = makeTempDirectory(test);
  writeSampleTree(root);
  await succeed(["-N", root]);
  return root;
}

/**
 * Writes a version with a root file of so many zeros, which take no space on the disk; returns that
 * file's path below the root.
 */
export function writeBigVersion(root: string, folder: string, sizeBytes: number): string {
  writeVersion(root, folder);
  const path = `images/${folder}/root.tar.xz`;
  truncateSync(join(root, path), sizeBytes);
  utimesSync(join(root, path), LONG_AGO, LONG_AGO);
  return path;
}

/** Writes a file of zeros for a test that only downloads; returns its path below the root. */
export function writeDownload(root: string, sizeBytes: number): string {
  const path = "images/download/big.img";
  mkdirSync(join(root, "images/download"), { recursive: true });
  writeFileSync(join(root, path), "");
  truncateSync(join(root, path), sizeBytes);
  return path;
}

/** Has a published file and the document say another size; its digests are wrong then. */
export function growListedFile(root: string, path: string, sizeBytes: number): void {
  truncateSync(join(root, path), sizeBytes);
  const document = JSON.parse(
    readDocument(root),
    (_key, value) => value?.path === path ? { ...value, size: sizeBytes } : value,
  );
  writeFileSync(join(root, IMAGES), JSON.stringify(document));
}

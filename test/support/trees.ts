import assert from "node:assert/strict";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { run } from "./command.ts";

/** Long enough ago for every file to have settled. */
export const LONG_AGO = new Date("2024-06-01T12:00:00Z");

/** Where the documents are, below a root. */
export const IMAGES = "streams/v1/images.json";
export const INDEX = "streams/v1/index.json";

/** File name to content. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** One item of a products document. */
export interface Item {
  readonly ftype: string;
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  readonly combined_sha256?: string;
  readonly combined_rootxz_sha256?: string;
  readonly combined_squashfs_sha256?: string;
  readonly "combined_disk-kvm-img_sha256"?: string;
}

/** One product of a products document. */
export interface Product {
  readonly aliases: string;
  readonly requirements: Readonly<Record<string, string>>;
  readonly lxd_requirements: Readonly<Record<string, string>>;
  readonly versions: Readonly<
    Record<string, { readonly items: Readonly<Record<string, Item>> }>
  >;
}

/** A products document, as far as tests look at it. */
export interface ProductsDocument {
  readonly products: Readonly<Record<string, Product>>;
}

/** Writes files below a directory, with the time stamp `LONG_AGO`. */
export function writeFiles(directory: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    utimesSync(path, LONG_AGO, LONG_AGO);
  }
}

/** Writes a version's files; `folder` is `OS/RELEASE/ARCH/VARIANT/VERSION`. Returns its folder. */
export function writeVersion(root: string, folder: string, files?: Files): string {
  const path = join(root, "images", folder);
  writeFiles(path, files ?? imageFiles(folder));
  return path;
}

/** Returns the files of a small image whose bytes no image with another mark has. */
export function imageFiles(mark: string): Files {
  return { "incus.tar.xz": `metadata of ${mark}\n`, "root.tar.xz": `root of ${mark}\n` };
}

/** Writes a tree with every kind of file that can be in one, and no oddity. */
export function writeSampleTree(root: string): void {
  writeVersion(root, "debian/12/amd64/default/20240101_00:00");
  writeVersion(root, "debian/12/amd64/default/20240102_00:00", {
    "incus.tar.xz": "both: incus\n",
    "lxd.tar.xz": "both: lxd\n",
    "root.squashfs": "both: squashfs\n",
    "root.tar.xz": "both: tar\n",
    "disk.qcow2": "both: disk\n",
    "notes.txt": "not part of the image\n",
  });
  writeVersion(root, "debian/12/amd64/cloud/20240103.1", {
    "lxd.tar.xz": "cloud: lxd\n",
    "rootfs.squashfs": "cloud: squashfs\n",
  });
  writeVersion(root, "ubuntu/24.04/arm64/default/202401040524", {
    "incus.tar.xz": "vm: incus\n",
    "disk.qcow2": "vm: disk\n",
  });
  writeFiles(root, {
    "images/debian/.requirements": '{"nesting": true}',
    "images/ubuntu/24.04/.lxd_requirements": '{"secureboot": "false"}',
  });
}

/** Returns a document's text. */
export function readDocument(root: string, path: string = IMAGES): string {
  return readFileSync(join(root, path), "utf8");
}

/** Returns the published products document. */
export function readProducts(root: string): ProductsDocument {
  return JSON.parse(readDocument(root));
}

/** Returns the items of a version, `OS/RELEASE/ARCH/VARIANT/VERSION`, of a published document. */
export function itemsOf(
  document: ProductsDocument,
  folder: string,
): Readonly<Record<string, Item>> {
  const [version = "", ...product] = folder.split("/").reverse();
  return document.products[product.reverse().join(":")]?.versions[version]?.items ?? {};
}

/** Returns the sha256 of files one after the other, as cat and sha256sum see it. */
export async function sha256sum(...paths: readonly string[]): Promise<string> {
  const output = await run(["sh", "-c", 'cat -- "$@" | sha256sum', "sh", ...paths]);
  return output.slice(0, 64);
}

/** Returns the sha256 of each of many files, as sha256sum sees it. */
export async function sha256sums(paths: readonly string[]): Promise<readonly string[]> {
  if (paths.length === 0) return [];
  const output = await run(["sha256sum", "-z", "--", ...paths]);
  return output.split("\0").slice(0, -1).map((line) => line.slice(0, 64));
}

/** Asserts that both documents are whole, agree, and name files that are there, in their sizes. */
export function assertFilesExist(root: string): void {
  const { products } = readProducts(root);
  const index = JSON.parse(readDocument(root, INDEX));
  assert.deepEqual(index.index.images.products, Object.keys(products).sort());
  for (const { path, size } of allItems(products)) {
    assert.equal(statSync(join(root, path)).size, size, path);
  }
}

/** Asserts besides that every digest is what sha256sum says. */
export async function assertDigestsHold(root: string): Promise<void> {
  assertFilesExist(root);
  const { products } = readProducts(root);
  const items = allItems(products);
  const sums = await sha256sums(items.map(({ path }) => join(root, path)));
  assert.deepEqual(items.map(({ sha256 }) => sha256), sums);
  for (const { versions } of Object.values(products)) {
    for (const version of Object.values(versions)) await assertFingerprints(root, version.items);
  }
}

async function assertFingerprints(root: string, items: Readonly<Record<string, Item>>) {
  const fields = {
    "root.tar.xz": ["combined_rootxz_sha256", "combined_sha256"],
    "root.squashfs": ["combined_squashfs_sha256"],
    "disk.qcow2": ["combined_disk-kvm-img_sha256"],
  } as const;
  for (const key of ["incus.tar.xz", "lxd.tar.xz"]) {
    const metadata = items[key];
    assert.ok(metadata !== undefined, `there is no ${key}`);
    for (const rootKey of ["root.tar.xz", "root.squashfs", "disk.qcow2"] as const) {
      const rootItem = items[rootKey];
      const expected = rootItem &&
        await sha256sum(join(root, metadata.path), join(root, rootItem.path));
      for (const field of fields[rootKey]) assert.equal(metadata[field], expected, field);
    }
  }
}

function allItems(products: ProductsDocument["products"]): readonly Item[] {
  return Object.values(products).flatMap(({ versions }) =>
    Object.values(versions).flatMap(({ items }) => Object.values(items))
  );
}

/** Returns everything below a directory: a line each with path, kind, inode, size and time stamp. */
export function listTree(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return ["", ...readdirSync(directory, { recursive: true, encoding: "utf8" })].sort().map(
    (name) => {
      const path = join(directory, name);
      const stats = lstatSync(path, { bigint: true });
      const target = stats.isSymbolicLink() ? ` -> ${readlinkSync(path)}` : "";
      return `${name}${target} ${stats.mode.toString(8)} ${stats.ino} ${stats.size} ` +
        `${stats.mtimeNs} ${stats.ctimeNs}`;
    },
  );
}

/** What an image to be imported says of itself; `yaml` in place of all the rest. */
export interface SourceSpec {
  readonly fields?: Readonly<Record<string, string>>;
  readonly yaml?: string;
  readonly metadata?: string;
  readonly roots?: Files;
}

/** Makes a directory with an image's files, its metadata packed by the real tar and xz. */
export async function writeSource(directory: string, spec: SourceSpec = {}): Promise<void> {
  const roots = spec.roots ?? { "rootfs.squashfs": `squashfs of ${directory}\n` };
  writeFiles(directory, { ...roots, "metadata.yaml": spec.yaml ?? metadataYaml(spec.fields) });
  const archive = join(directory, spec.metadata ?? "incus.tar.xz");
  await run(["tar", "-C", directory, "-cJf", archive, "--remove-files", "metadata.yaml"]);
  utimesSync(archive, LONG_AGO, LONG_AGO);
}

/** Where `writeSource` goes to unless it is told otherwise, `OS/RELEASE/ARCH/VARIANT/VERSION`. */
export const SOURCE_FOLDER = "debian/12/amd64/default/20240102_03:04";

function metadataYaml(fields: SourceSpec["fields"] = {}): string {
  const { architecture, creation_date, ...properties } = {
    architecture: "x86_64",
    creation_date: "1704164640",
    os: "debian",
    release: '"12"',
    variant: "default",
    description: "Debian 12",
    ...fields,
  };
  return [
    `architecture: ${architecture}`,
    `creation_date: ${creation_date}`,
    "properties:",
    ...Object.entries(properties).map(([name, value]) => `  ${name}: ${value}`),
    "",
  ].join("\n");
}

/** Numbers that are the same in every run of the tests. */
export interface Dice {
  /** A whole number from 0, below `limit`. */
  readonly below: (limit: number) => number;
  /** One of these. */
  readonly pick: <Choice>(choices: readonly [Choice, ...Choice[]]) => Choice;
}

/** Returns dice that always fall the same way for one seed. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  // mulberry32
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, pick: (choices) => choices[below(choices.length)] ?? choices[0] };
}

/**
 * The trees that are indexed: `ROOT/images/OS/RELEASE/ARCH/VARIANT/VERSION/FILES`, with the same
 * bytes and the same time stamps on every machine.
 *
 * @typedef {{ name: string, sizeBytes: number, seed: string }} FileSpec `seed` decides the bytes
 * @typedef {{ path: string, files: readonly FileSpec[] }} VersionSpec `path` is relative to ROOT
 * @typedef {{ name: string, versions: readonly VersionSpec[] }} TreeSpec
 */

import { spawnSync } from "node:child_process";
import { createCipheriv, createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";

const MIB = 2 ** 20;
/** Files to one `touch`: far below what a command line may hold. */
const TOUCH_BATCH = 1_000;
const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2024, 0, 1);
const CHUNK = Buffer.alloc(4 * MIB);
const METADATA_NAMES = new Set(["incus.tar.xz", "lxd.tar.xz"]);

/** Nearly equal, so that up to eight workers can share them out; in all 2 GiB. */
const BIG_ROOTS_MIB = [320, 300, 280, 260, 252, 236, 212, 188];

/**
 * Returns a tree of eight versions of `scale` x 2 GiB in all; one has both metadata files, with
 * equal bytes, and one has a disk in place of a squashfs.
 *
 * @param {number} scale
 * @returns {TreeSpec}
 */
export function bigTree(scale) {
  const versions = BIG_ROOTS_MIB.map((rootMib, number) => {
    const path = versionPath(number, 0);
    const metadata = { name: "incus.tar.xz", sizeBytes: 700 + 100 * number, seed: `${path} meta` };
    const name = number === 5 ? "disk.qcow2" : "root.squashfs";
    const root = { name, sizeBytes: Math.round(rootMib * scale * MIB), seed: `${path} root` };
    const twin = number === 3 ? [{ ...metadata, name: "lxd.tar.xz" }] : [];
    return { path, files: [metadata, ...twin, root] };
  });
  return { name: "big", versions };
}

/**
 * Returns a tree of `products` x `perProduct` versions of three files under 1 KiB, no two alike.
 *
 * @param {string} name
 * @param {{ products: number, perProduct: number }} options
 * @returns {TreeSpec}
 */
export function tinyTree(name, { products, perProduct }) {
  const versions = [];
  for (let product = 0; product < products; product++) {
    for (let number = 0; number < perProduct; number++) {
      versions.push(tinyVersion(product, number));
    }
  }
  return { name, versions };
}

/**
 * Returns one version of a tiny tree; a `number` not used yet makes a newer version.
 *
 * @param {number} product
 * @param {number} number
 * @returns {VersionSpec}
 */
export function tinyVersion(product, number) {
  const path = versionPath(product, number);
  const file = (/** @type {string} */ name, /** @type {number} */ sizeBytes) => ({
    name,
    sizeBytes: sizeBytes + number % 10,
    seed: `${path}/${name}`,
  });
  const files = [file("incus.tar.xz", 500), file("root.squashfs", 900), file("root.tar.xz", 800)];
  return { path, files };
}

/**
 * Returns the path of a version: every product has its own aliases and a known architecture.
 *
 * @param {number} product
 * @param {number} number
 */
function versionPath(product, number) {
  const arch = product % 2 === 0 ? "amd64" : "arm64";
  const variant = (product >> 1) % 2 === 0 ? "default" : "cloud";
  const release = `r${(product >> 2) % 10}`;
  const os = `os${Math.floor(product / 40)}`;
  const day = new Date(FIRST_DAY_MS + number * DAY_MS).toISOString().slice(0, 10);
  return `images/${os}/${release}/${arch}/${variant}/${day.replaceAll("-", "")}_05:24`;
}

/**
 * Returns what a tree asks for: the bytes of its files, the bytes that must be digested (each file
 * once, each root once more for each distinct metadata file) and the number of its images.
 *
 * @param {TreeSpec} spec
 */
export function treeWork({ versions }) {
  let sizeBytes = 0;
  let digestBytes = 0;
  let images = 0;
  for (const { files } of versions) {
    const metadata = files.filter((file) => METADATA_NAMES.has(file.name));
    const distinct = new Set(metadata.map((file) => file.seed)).size;
    for (const file of files) {
      const combined = METADATA_NAMES.has(file.name) ? 0 : distinct;
      sizeBytes += file.sizeBytes;
      digestBytes += file.sizeBytes * (1 + combined);
      images += combined;
    }
  }
  return { sizeBytes, digestBytes, images };
}

/**
 * Writes the versions below `root`.
 *
 * @param {string} root
 * @param {readonly VersionSpec[]} versions
 */
export function writeVersions(root, versions) {
  const paths = [];
  for (const { path, files } of versions) {
    fs.mkdirSync(join(root, path), { recursive: true });
    for (const file of files) {
      const at = join(root, path, file.name);
      writeContent(at, file);
      paths.push(at);
    }
  }
  for (let i = 0; i < paths.length; i += TOUCH_BATCH) {
    setModified(paths.slice(i, i + TOUCH_BATCH), i / TOUCH_BATCH);
  }
}

/**
 * Makes a folder unless it is there, under another name until it is whole.
 *
 * @param {string} path
 * @param {(at: string) => void} make
 */
export function makeWhole(path, make) {
  if (fs.existsSync(path)) return;
  const at = `${path}.partial`;
  removeTree(at);
  make(at);
  fs.renameSync(at, path);
}

/**
 * Makes a second tree at `to` out of hard links to the files of the tree at `from`.
 *
 * @param {string} from
 * @param {string} to
 * @param {readonly VersionSpec[]} versions
 */
export function linkVersions(from, to, versions) {
  for (const { path, files } of versions) {
    fs.mkdirSync(join(to, path), { recursive: true });
    for (const { name } of files) fs.linkSync(join(from, path, name), join(to, path, name));
  }
}

/**
 * Removes what an indexer may have left in a tree: the cache of each version and the documents.
 *
 * @param {string} root
 * @param {readonly VersionSpec[]} versions
 */
export function resetTree(root, versions) {
  for (const { path } of versions) fs.rmSync(join(root, path, ".items.json"), { force: true });
  for (const name of fs.readdirSync(root)) {
    if (name !== "images") fs.rmSync(join(root, name), { recursive: true });
  }
}

/**
 * Removes a tree, if it is there; by `rm`, which takes less than half the time of `fs.rmSync`.
 *
 * @param {string} root
 */
export function removeTree(root) {
  spawnSync("rm", ["-rf", root]);
}

/**
 * Returns the number and one digest of all fingerprints that the tree's images.json lists, for
 * comparing what two programs published.
 *
 * @param {string} root
 */
export function publishedImages(root) {
  const path = join(root, "streams/v1/images.json");
  const text = fs.existsSync(path) ? fs.readFileSync(path, "utf8") : "";
  /** @type {Set<string>} */
  const found = new Set();
  for (const match of text.matchAll(/"combined_[\w-]+_sha256":\s*"([0-9a-f]{64})"/g)) {
    found.add(match[1]);
  }
  const digest = createHash("sha256").update([...found].sort().join()).digest("hex");
  return { images: found.size, digest };
}

/**
 * Writes the key stream of AES in counter mode: as random to a compressor as an image, and faster
 * than the disk.
 *
 * @param {string} path
 * @param {FileSpec} file
 */
function writeContent(path, { sizeBytes, seed }) {
  const key = createHash("sha256").update(seed).digest();
  const cipher = createCipheriv("aes-128-ctr", key.subarray(0, 16), key.subarray(16));
  const fd = fs.openSync(path, "w");
  for (let left = sizeBytes; left > 0; left -= CHUNK.length) {
    fs.writeSync(fd, cipher.update(CHUNK.subarray(0, Math.min(left, CHUNK.length))));
  }
  fs.closeSync(fd);
}

/**
 * Gives files an old time that is 50 ns short of a whole millisecond, where `stat.mtimeMs` of Node
 * rounds up and `stat.mtimeNs` does not: a cache that mixes the two up never holds. By `touch`,
 * since Node sets whole microseconds.
 *
 * @param {readonly string[]} paths
 * @param {number} salt
 */
function setModified(paths, salt) {
  const seconds = FIRST_DAY_MS / 1000 + salt;
  const millisecond = String(salt % 1000).padStart(3, "0");
  const { status } = spawnSync("touch", ["-d", `@${seconds}.${millisecond}999950`, ...paths]);
  if (status === 0) return;
  for (const path of paths) fs.utimesSync(path, seconds, seconds);
}

/** The tree that is served, with its documents and a certificate. */

import { execFileSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";

/** What is asked for, below the root. */
export const DOCUMENT_PATH = "streams/v1/index.json";
export const DISK_PATH = "images/debian/12/amd64/default/20240101/disk.qcow2";

const PRODUCTS = 50;

/**
 * Makes and indexes a tree of small images and one disk, and a certificate for this machine.
 *
 * @param {string} directory
 * @param {{ diskMib: number }} options
 * @returns {{ root: string, certificate: string, key: string }}
 */
export function makeServedTree(directory, { diskMib }) {
  const root = join(directory, "root");
  for (let product = 0; product < PRODUCTS; product++) {
    const folder = join(root, `images/os${product}/1/amd64/default/20240101`);
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(join(folder, "incus.tar.xz"), `metadata ${product}\n`);
    fs.writeFileSync(join(folder, "root.squashfs"), `root ${product}\n`);
  }
  const disk = join(root, DISK_PATH);
  fs.mkdirSync(join(disk, ".."), { recursive: true });
  fs.writeFileSync(join(disk, "../incus.tar.xz"), "metadata\n");
  const descriptor = fs.openSync(disk, "w");
  const block = new Uint8Array(1 << 20);
  for (let mib = 0; mib < diskMib; mib++) fs.writeSync(descriptor, randomFillSync(block));
  fs.closeSync(descriptor);
  execFileSync(process.execPath, ["dist/simplestreams.mjs", "-N", "--quiet", root]);

  const [certificate, key] = ["server.crt", "server.key"].map((name) => join(directory, name));
  execFileSync("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
    ...["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
    ...["-keyout", key, "-out", certificate],
  ], { stdio: "ignore" });
  return { root, certificate, key };
}

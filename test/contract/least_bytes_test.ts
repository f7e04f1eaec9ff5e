import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, test } from "node:test";
import { leastBytesOf, whyCutOff } from "../../core/format/least_bytes.ts";

const directory = mkdtempSync(`${tmpdir()}/simplestreams-least-`);
after(() => rmSync(directory, { recursive: true }));
mkdirSync(`${directory}/tree`);
writeFileSync(`${directory}/tree/file`, randomBytes(500_000));
// Something, then nothing, then something: what is nothing is not in the image
writeFileSync(
  `${directory}/raw`,
  Buffer.concat([randomBytes(3_000_000), Buffer.alloc(20_000_000), randomBytes(1_234_567)]),
);

function hasProgram(name: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${name}`]);
    return true;
  } catch {
    return false;
  }
}

/** What qemu-img and mksquashfs make by these arguments. */
const IMAGES: Readonly<Record<string, readonly [program: string, ...args: readonly string[]]>> = {
  "a disk": ["qemu-img", "convert", "-O", "qcow2", "raw"],
  "a disk of the old version": ["qemu-img", "convert", "-O", "qcow2", "-o", "compat=0.10", "raw"],
  "a disk of small clusters": [
    "qemu-img",
    "convert",
    "-O",
    "qcow2",
    "-o",
    "cluster_size=512",
    "raw",
  ],
  "a disk with subclusters": [
    ...["qemu-img", "convert", "-O", "qcow2", "-o", "extended_l2=on,cluster_size=64k"] as const,
    "raw",
  ],
  "a compressed disk": ["qemu-img", "convert", "-c", "-O", "qcow2", "raw"],
  "a disk written out of order": ["qemu-img", "convert", "-W", "-m", "16", "-O", "qcow2", "raw"],
  "an allocated disk": ["qemu-img", "create", "-q", "-f", "qcow2", "-o", "preallocation=falloc"],
  squashfs: ["mksquashfs", "tree"],
  "squashfs without padding": ["mksquashfs", "tree"],
};

for (const [what, [program, ...args]] of Object.entries(IMAGES)) {
  const skip = hasProgram(program) ? false : `${program} is not installed`;
  test(`leastBytesOf() is at most what ${what} has, and no cluster less`, { skip }, () => {
    const path = `${directory}/${what}`;
    const more = program === "mksquashfs"
      ? ["-quiet", "-no-progress", ...what.includes("without") ? ["-nopad"] : []]
      : what === "an allocated disk"
      ? ["10M"]
      : [];
    execFileSync(program, [...args, path, ...more], { cwd: directory, stdio: "ignore" });
    const bytes = readFileSync(path);
    const read = (size: number) => (place: number, wanted: number) =>
      bytes.subarray(0, size).subarray(place, place + wanted);
    assert.ok(leastBytesOf(read(bytes.length)) <= bytes.length);
    assert.equal(whyCutOff(read(bytes.length), bytes.length), undefined);
    const cut = bytes.length - 65_536;
    assert.match(
      whyCutOff(read(cut), cut) ?? "",
      /^it ends after \d+ bytes, expected at least \d+ by/,
    );
  });
}

test("whyCutOff() takes a disk for whole that is empty, or whose data is in another file", {
  skip: hasProgram("qemu-img") ? false : "qemu-img is not installed",
}, () => {
  for (const options of ["cluster_size=64k", `data_file=${directory}/data,data_file_raw=on`]) {
    const path = `${directory}/sparse`;
    execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", "-o", options, path, "10M"]);
    const bytes = readFileSync(path);
    const read = (place: number, wanted: number) => bytes.subarray(place, place + wanted);
    assert.equal(whyCutOff(read, bytes.length), undefined);
  }
});

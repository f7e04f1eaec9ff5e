import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A file to put into a tar archive; without content and link, a directory. */
export interface Member {
  readonly name: string;
  readonly content?: string | Uint8Array;
  /** The target of a symbolic link. */
  readonly link?: string;
}

/** Returns a new directory for one test file. */
export function makeScratch(): string {
  return mkdtempSync(join(tmpdir(), "simplestreams-archives-"));
}

/** Returns a function that saves bytes to a file of their own in a directory, and returns its path. */
export function createSaver(directory: string): (bytes: Uint8Array) => string {
  let files = 0;
  return (bytes) => {
    const path = join(directory, `${files++}`);
    writeFileSync(path, bytes);
    return path;
  };
}

/** Returns what a program prints. */
export function run(program: string, args: readonly string[]): Uint8Array {
  return execFileSync(program, args, { maxBuffer: 1 << 28 });
}

/** Returns a tar archive of members in their order, made by the program `tar`. */
export function makeTar(members: readonly Member[], options: readonly string[] = []): Uint8Array {
  const directory = makeScratch();
  try {
    for (const { name, content, link } of members) {
      const path = join(directory, name);
      mkdirSync(content === undefined && link === undefined ? path : dirname(path), {
        recursive: true,
      });
      if (content !== undefined) writeFileSync(path, content);
      if (link !== undefined) symlinkSync(link, path);
    }
    const names = members.map(({ name }) => name);
    const fixed = ["--owner=0", "--group=0", "--mtime=@0", "--no-recursion"];
    return run("tar", ["-C", directory, ...fixed, ...options, "-c", "--", ...names]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Returns an .xz file, made by the program `xz`. */
export function xz(bytes: Uint8Array, ...options: readonly string[]): Uint8Array {
  return pack("xz", ["-c", "-T1", ...options], bytes);
}

/** Returns a gzip file without a name in it, made by the program `gzip`. */
export function gzip(bytes: Uint8Array, ...options: readonly string[]): Uint8Array {
  return pack("gzip", ["-c", "-n", ...options], bytes);
}

/** From a file: Deno writes all of standard input before it reads, and so can wait for ever. */
function pack(program: string, options: readonly string[], bytes: Uint8Array): Uint8Array {
  const directory = makeScratch();
  try {
    const path = join(directory, "input");
    writeFileSync(path, bytes);
    return run(program, [...options, "--", path]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Returns the bytes of several parts in a row; a number stands for so many zeros. */
export function concat(...parts: readonly (Uint8Array | string | number)[]): Uint8Array {
  const encoder = new TextEncoder();
  return Buffer.concat(parts.map((part) => {
    if (typeof part === "number") return new Uint8Array(part);
    return typeof part === "string" ? encoder.encode(part) : part;
  }));
}

/** Returns bytes that no packer makes smaller; the same at each run. */
export function noise(sizeBytes: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: sizeBytes }, () => {
    state = Math.imul(state, 1664525) + 1013904223;
    return state >>> 24;
  });
}

/** A unified image: `zstd -19` of `tar --format=ustar -b1` of metadata.yaml and rootfs/sbin/init. */
// zstd is not on every machine
export const ZSTD_IMAGE = Uint8Array.from(
  atob(
    "KLUv/WQACxUEANLFExeQTQdAS7WZNwx7k2ZGR2dPRSTn+xtLCgsJ/LrIDZFTpEFq9j01gCxhBxUgTadd2jpn0fS+p7" +
      "81V5r8wGyhQdz3Kv4bkd0PlJWQm0xugwIRIBAvLmwbDQz2D+nzSeH+CsaqpMglB5gu56pNAhSAH4EBB4YfIHnDBQIH" +
      "BbAzOSXH86kE",
  ),
  (character) => character.charCodeAt(0),
);

import { isDigest } from "./listed_items.ts";
import { type Finding, warning } from "./finding.ts";

/** The name of a version's checksums file, as sha256sum writes it. */
export const CHECKSUMS_NAME = "SHA256SUMS";

// GNU coreutils: the digest, then two characters, the second "*" for a file read as binary
const LINE = /^\\?(?<sum>\S+)(?: [ *]|\s+)(?<name>\S.*?)\s*$/;
/** `sha256sum --tag`, as BSD has it. */
const TAGGED = /^\\?SHA256 \((?<name>.+)\) = (?<sum>\S+)\s*$/;

/**
 * Returns what a checksums file says, file name to sha256; of two lines for one file the later.
 * What is no such line is passed over, as sha256sum does.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseChecksums } from "./checksums.ts";
 * const sum = "0".repeat(64);
 * assert.equal(parseChecksums(`${sum}  lxd.tar.xz\n`).get("lxd.tar.xz"), sum);
 * ```
 */
export function parseChecksums(text: string): ReadonlyMap<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.replace(/^\ufeff/, "").split(/\r?\n/)) {
    const isEscaped = line.startsWith("\\");
    const found = TAGGED.exec(line) ?? LINE.exec(line);
    const { sum = "", name = "" } = found?.groups ?? {};
    const digest = sum.toLowerCase();
    const bare = (isEscaped ? unescape(name) : name).replace(/^\.\//, "");
    if (isDigest(digest) && bare !== "") sums.set(bare, digest);
  }
  return sums;
}

/** GNU coreutils, digest.c: in a line that begins with "\\" these stand for what a line cannot hold. */
function unescape(name: string): string {
  return name.replace(/\\([\\nr])/g, (_, letter) => ({ n: "\n", r: "\r" })[String(letter)] ?? "\\");
}

/**
 * Returns what keeps a version with a checksums file from being published: a file that it does not
 * list, or that has another digest.
 *
 * @param digests of the files that would be published, by name
 */
export function checkSums(
  folder: string,
  digests: ReadonlyMap<string, string>,
  sums: ReadonlyMap<string, string>,
): readonly Finding[] {
  return [...digests].flatMap(([name, digest]) => {
    const sum = sums.get(name);
    if (sum === digest) return [];
    const path = `${folder}/${name}`;
    return sum === undefined
      ? [warning(
        "CHECKSUM_MISSING",
        path,
        `its version is left out: ${CHECKSUMS_NAME} is there and does not list this file; ` +
          "expected all of the version's files in it",
      )]
      : [warning(
        "CHECKSUM_WRONG",
        path,
        `its version is left out: the file has the sha256 ${digest}, expected ${sum} as ` +
          `${CHECKSUMS_NAME} has it; copy it again, or make ${CHECKSUMS_NAME} anew`,
      )];
  });
}

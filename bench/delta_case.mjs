/**
 * What `deltas` makes of two builds of a Debian root file system that differ by one package, each put
 * together from nothing, as a nightly build is.
 *
 * @typedef {import("./cases.mjs").Bench} Bench
 * @typedef {import("./cases.mjs").CaseResult} CaseResult
 */

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { denoToNode } from "./figures.mjs";
import { measureRounds, run, settle } from "./measure.mjs";
import { makeWhole } from "./trees.mjs";

/** The name of this case. */
export const DELTA_CASE_NAME = "deltas";

const PRODUCT = "images/debian/stable/amd64/default";
const [BASE, TARGET] = ["20240101", "20240102"];
const DELTA = `${PRODUCT}/${TARGET}/root.${BASE}.vcdiff`;
/** The second build has this one, and what it needs. */
const PACKAGE = "less";
const PROGRAMS = ["debootstrap", "mksquashfs", "xdelta3"];

/**
 * Runs the case. Needs root's rights and packages of Debian; without those, and for `--quick`, the
 * roots are bytes that no packer makes smaller, a few of which differ.
 *
 * @param {Bench} bench
 * @returns {Promise<CaseResult>}
 */
export async function runDeltaCase({ ours, dir, rounds, quick, say }) {
  const missing = PROGRAMS.filter((program) => !isInstalled(program));
  const isRoot = process.getuid?.() === 0;
  const isReal = !quick && isRoot && missing.length === 0;
  const root = join(dir, isReal ? "deltas" : "deltas-quick");
  makeWhole(root, (at) => {
    say(isReal ? "making two Debian root file systems" : "making two roots");
    for (const version of [BASE, TARGET]) {
      const folder = join(at, PRODUCT, version);
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(join(folder, "incus.tar.xz"), `metadata ${version}`);
      const file = join(folder, "root.squashfs");
      if (isReal) build(file, { work: join(dir, "debootstrap"), isSecond: version === TARGET });
      else pretend(file, { isSecond: version === TARGET });
    }
  });
  const [first] = ours;
  const contenders = ours.map(({ name, argv }) => ({
    name,
    argv: [...argv, "deltas", "-N", root],
  }));
  await run([...first.argv, "-N", root]);
  const samples = await measureRounds(contenders, {
    rounds,
    before() {
      fs.rmSync(join(root, DELTA), { force: true });
      settle();
    },
  });
  const [delta, whole] = [DELTA, `${PRODUCT}/${TARGET}/root.squashfs`]
    .map((path) => fs.statSync(join(root, path)).size);
  const notes = [`the delta has ${delta} bytes, the whole file ${whole}`];
  if (!quick && !isReal) {
    notes.push(
      `not of real roots: ${missing.length > 0 ? `no ${missing.join(", ")}` : "not root"}`,
    );
  }
  return {
    name: DELTA_CASE_NAME,
    title: isReal ? `two builds of Debian, ${PACKAGE} more in one` : "two roots that were made up",
    rounds,
    samples,
    figures: [
      { label: "delta / whole file", value: delta / whole, unit: "%" },
      ...denoToNode(samples, quick),
    ],
    notes,
  };
}

/**
 * @param {string} file
 * @param {{ work: string, isSecond: boolean }} options
 */
function build(file, { work, isSecond }) {
  const [target, cache] = [join(work, "root"), join(work, "cache")];
  fs.mkdirSync(cache, { recursive: true });
  const more = isSecond ? [`--include=${PACKAGE}`] : [];
  const options = ["--variant=minbase", `--cache-dir=${cache}`, ...more];
  must("debootstrap", [...options, "stable", target]);
  fs.rmSync(join(target, "var/cache/apt"), { recursive: true, force: true });
  must("mksquashfs", [target, file, "-noappend", "-quiet", "-no-progress"]);
  fs.rmSync(isSecond ? work : target, { recursive: true });
}

/**
 * @param {string} file
 * @param {{ isSecond: boolean }} options
 */
function pretend(file, { isSecond }) {
  let state = 1;
  const bytes = Buffer.alloc(4 << 20);
  for (let at = 0; at < bytes.length; at++) {
    state = Math.imul(state, 1664525) + 1013904223;
    bytes[at] = state >>> 24;
  }
  fs.writeFileSync(file, isSecond ? Buffer.concat([bytes, bytes.subarray(7, 9999)]) : bytes);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
function must(command, args) {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status === 0) return;
  throw new Error(`Cannot run ${command}: exit status ${status}, expected 0\n${stderr}`);
}

/** @param {string} program */
function isInstalled(program) {
  return spawnSync("sh", ["-c", 'command -v "$1"', "sh", program]).status === 0;
}

/**
 * What is measured, and the figures that come out of it. README.md says what each one means.
 *
 * @typedef {import("./measure.mjs").Contender} Contender
 * @typedef {import("./measure.mjs").Sample} Sample
 * @typedef {import("./trees.mjs").TreeSpec} TreeSpec
 *
 * @typedef {{ atLeast?: number, atMost?: number }} Target
 * @typedef {{ label: string, value: number, unit: "x" | "%" | "ms", target?: Target }} Figure
 * @typedef {{
 *   name: string,
 *   title: string,
 *   rounds: number,
 *   samples: Map<string, Sample[]>,
 *   figures: readonly Figure[],
 *   notes: readonly string[],
 * }} CaseResult
 * @typedef {{
 *   ours: readonly Contender[],
 *   other?: Contender,
 *   node: string,
 *   dir: string,
 *   rounds: number,
 *   quick: boolean,
 *   say: (line: string) => void,
 * }} Bench `other` is the program of `--against`; `node` the node that runs ours
 *
 * @typedef {"cold" | "cached" | "nightly"} State
 * @typedef {{
 *   name: string,
 *   what: string,
 *   tree: (quick: boolean) => TreeSpec,
 *   state: State,
 *   share?: Target,
 *   speedup?: Target,
 *   memory?: Target,
 * }} TreeCase
 * @typedef {Contender & { root: string }} Placed
 */

import * as fs from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hashSpeed, measureRounds, median, run, settle } from "./measure.mjs";
import { DELTA_CASE_NAME, runDeltaCase } from "./delta_case.mjs";
import { denoToNode, ratio } from "./figures.mjs";
import { READ_CASE_NAMES, runReadCase } from "./read_cases.mjs";
import * as trees from "./trees.mjs";

/** A file or folder younger than this may rightly be kept out of a cache. */
const SETTLED_MS = 2_100;
/** The number of a nightly version: later than any version that a tree starts with. */
const NIGHTLY = 1_000;

/** @param {boolean} quick */
function tree10k(quick) {
  return trees.tinyTree("10k", { products: quick ? 40 : 1_000, perProduct: 10 });
}

/** @param {boolean} quick */
function tree100k(quick) {
  return trees.tinyTree("100k", { products: quick ? 100 : 10_000, perProduct: 10 });
}

/** @type {readonly TreeCase[]} */
const TREE_CASES = [
  {
    name: "big",
    what: "nothing cached",
    tree: (quick) => trees.bigTree(quick ? 1 / 32 : 1),
    state: "cold",
    share: { atLeast: 0.8 },
  },
  {
    name: "cold-10k",
    what: "nothing cached",
    tree: tree10k,
    state: "cold",
    speedup: { atLeast: 1.7 },
  },
  {
    name: "cached-10k",
    what: "all cached, nothing changed",
    tree: tree10k,
    state: "cached",
    speedup: { atLeast: 1.3 },
  },
  { name: "nightly-10k", what: "all cached but one new", tree: tree10k, state: "nightly" },
  {
    name: "cached-100k",
    what: "all cached, nothing changed",
    tree: tree100k,
    state: "cached",
    speedup: { atLeast: 2.3 },
    memory: { atMost: 1 },
  },
];

/** The names of all cases, in the order in which they run. */
export const CASE_NAMES = [
  "start",
  ...TREE_CASES.map(({ name }) => name),
  ...READ_CASE_NAMES,
  DELTA_CASE_NAME,
];

/**
 * Runs one case.
 *
 * @param {string} name
 * @param {Bench} bench
 * @returns {Promise<CaseResult>}
 */
export function runCase(name, bench) {
  if (name === DELTA_CASE_NAME) return runDeltaCase(bench);
  if (READ_CASE_NAMES.includes(name)) return runReadCase(name, bench);
  const found = TREE_CASES.find((treeCase) => treeCase.name === name);
  return found === undefined ? runStart(bench) : runTreeCase(found, bench);
}

/**
 * Times `-h` beside a Node that does nothing.
 *
 * @param {Bench} bench
 * @returns {Promise<CaseResult>}
 */
async function runStart({ ours, node, rounds, quick }) {
  const contenders = ours.map(({ name, argv }) => ({ name, argv: [...argv, "-h"] }));
  const bare = { name: "node -e 0", argv: [node, "-e", "0"] };
  for (const { argv } of contenders) await run(argv);
  const startRounds = 4 * rounds + 1;
  const samples = await measureRounds([...contenders, bare], { rounds: startRounds });
  const [first] = ours;
  /** @type {Figure[]} */
  const figures = ours.map(({ name }) => ({
    label: name,
    value: median((samples.get(name) ?? []).map(({ wallS }) => wallS * 1000)),
    unit: "ms",
    target: name === first.name && !quick ? { atMost: 60 } : undefined,
  }));
  figures.push(ratio(samples, first.name, bare.name), ...denoToNode(samples, quick));
  return { name: "start", title: "-h", rounds: startRounds, samples, figures, notes: [] };
}

/**
 * @param {TreeCase} treeCase
 * @param {Bench} bench
 * @returns {Promise<CaseResult>}
 */
async function runTreeCase(treeCase, bench) {
  const { state } = treeCase;
  const spec = treeCase.tree(bench.quick);
  const work = trees.treeWork(spec);
  const placed = placeContenders(treeCase, spec, bench);
  const documents = join(placed[0].root, "streams/v1/images.json");
  const check = documentCheck(work.images, { sameTree: state !== "nightly" });
  /** @type {Map<string, string[]>} */
  const added = new Map(placed.map(({ root }) => [root, []]));

  if (state === "cold") await run(placed[0].argv);
  else await prime(placed, spec, { settledMs: bench.quick ? 0 : SETTLED_MS });
  const published = state === "cached" ? identity(documents) : "";
  const samples = await measureRounds(placed, {
    rounds: bench.rounds,
    before: ({ root }) => {
      if (state === "cold") trees.resetTree(root, spec.versions);
      if (state === "nightly") addVersion(root, added.get(root) ?? []);
      settle();
      return treeCase.share && { hashSpeed: hashSpeed() };
    },
    after: ({ name, root }) => check(name, root, 2 * (added.get(root) ?? []).length),
  }).finally(() => {
    for (const paths of added.values()) paths.forEach(trees.removeTree);
  });

  const rewritten = state === "cached" && identity(documents) !== published;
  const size = work.sizeBytes >= 2 ** 28
    ? `${(work.sizeBytes / 2 ** 30).toFixed(2)} GiB in ${spec.versions.length} versions`
    : `${spec.versions.length} versions of ${Math.round(work.sizeBytes / 2 ** 20)} MiB in all`;
  return {
    name: treeCase.name,
    title: `${size}, ${treeCase.what}`,
    rounds: bench.rounds,
    samples,
    figures: treeFigures(treeCase, samples, { bench, digestBytes: work.digestBytes }),
    notes: rewritten ? ["images.json was written anew though nothing had changed"] : [],
  };
}

/**
 * Makes the trees that are missing. Where programs leave a cache, the other one has its own tree;
 * ours under Node and under Deno always share one, since they are to share its cache too.
 *
 * @param {TreeCase} treeCase
 * @param {TreeSpec} spec
 * @param {Bench} bench
 * @returns {readonly Placed[]}
 */
function placeContenders({ state }, { name, versions }, { ours, other, dir, say }) {
  const root = join(dir, name);
  trees.makeWhole(root, (at) => {
    say(`making ${name}: ${versions.length} versions`);
    trees.writeVersions(at, versions);
  });
  let otherRoot = root;
  if (other !== undefined && state !== "cold") {
    otherRoot = `${root}-other`;
    trees.makeWhole(otherRoot, (at) => trees.linkVersions(root, at, versions));
  }
  const place = (/** @type {Contender} */ contender, /** @type {string} */ at) => ({
    name: contender.name,
    argv: [...contender.argv, "-N", at],
    root: at,
  });
  const others = other === undefined ? [] : [place(other, otherRoot)];
  return [...ours.map((contender) => place(contender, root)), ...others];
}

/**
 * Fills the caches: the second run sees only files and folders that have settled.
 *
 * @param {readonly Placed[]} placed
 * @param {TreeSpec} spec
 * @param {{ settledMs: number }} options
 */
async function prime(placed, { versions }, { settledMs }) {
  for (const root of new Set(placed.map(({ root }) => root))) trees.resetTree(root, versions);
  for (const { argv } of placed) await run(argv);
  await sleep(settledMs);
  for (const { argv } of placed) await run(argv);
}

/**
 * @param {string} root
 * @param {string[]} added the paths added so far, to which this one is appended
 */
function addVersion(root, added) {
  const version = trees.tinyVersion(added.length, NIGHTLY);
  trees.writeVersions(root, [version]);
  added.push(join(root, version.path));
}

/**
 * Returns a function that throws unless a program published as many images as there are, and, from
 * one tree, the very images that the programs before it did. It looks once at each program.
 *
 * @param {number} images
 * @param {{ sameTree: boolean }} options
 */
function documentCheck(images, { sameTree }) {
  const seen = new Set();
  let digest = "";
  return (/** @type {string} */ name, /** @type {string} */ root, /** @type {number} */ more) => {
    if (seen.has(name)) return;
    seen.add(name);
    const found = trees.publishedImages(root);
    if (found.images !== images + more) {
      const text = `${found.images} images, expected ${images + more}`;
      throw new Error(`Cannot accept the documents of "${name}": ${text}`);
    }
    if (sameTree && digest !== "" && digest !== found.digest) {
      throw new Error(`Cannot accept the documents of "${name}": other fingerprints than before`);
    }
    digest = found.digest;
  };
}

/**
 * Returns what changes when a file is replaced or written to.
 *
 * @param {string} path
 */
function identity(path) {
  const { ino, mtimeNs } = fs.statSync(path, { bigint: true });
  return `${ino} ${mtimeNs}`;
}

/**
 * @param {TreeCase} treeCase
 * @param {Map<string, Sample[]>} samples
 * @param {{ bench: Bench, digestBytes: number }} options
 * @returns {readonly Figure[]}
 */
function treeFigures({ share, speedup, memory }, samples, { bench, digestBytes }) {
  const { ours, other, quick } = bench;
  /** @type {Figure[]} */
  const figures = [];
  if (share !== undefined) {
    for (const { name } of ours) {
      const shares = (samples.get(name) ?? []).map(({ wallS, hashSpeed }) =>
        digestBytes / (availableParallelism() * (hashSpeed ?? NaN)) / wallS
      );
      const label = `share of the machine's limit, ${name}`;
      figures.push({ label, value: median(shares), unit: "%", target: quick ? undefined : share });
    }
  }
  if (other !== undefined) {
    for (const { name } of ours) {
      figures.push(ratio(samples, other.name, name, quick ? undefined : speedup));
    }
    for (const { name } of memory === undefined ? [] : ours) {
      const { value } = ratio(samples, name, other.name, undefined, (sample) => sample.peakMb);
      const label = `peak memory, ${name} / ${other.name}`;
      figures.push({ label, value, unit: "x", target: quick ? undefined : memory });
    }
  }
  return [...figures, ...denoToNode(samples, quick)];
}

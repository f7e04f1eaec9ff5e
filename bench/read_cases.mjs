/**
 * What only reads a tree that is published: `verify`, beside incus-simplestreams, and `list`.
 *
 * @typedef {import("./cases.mjs").Bench} Bench
 * @typedef {import("./cases.mjs").CaseResult} CaseResult
 * @typedef {import("./cases.mjs").Figure} Figure
 * @typedef {import("./cases.mjs").Target} Target
 * @typedef {import("./measure.mjs").Contender} Contender
 * @typedef {import("./measure.mjs").Sample} Sample
 * @typedef {import("./trees.mjs").TreeSpec} TreeSpec
 *
 * @typedef {{
 *   name: string,
 *   command: "list" | "verify",
 *   tree: (quick: boolean) => TreeSpec,
 *   hasPeer: boolean,
 *   speedup?: Target,
 *   wallMs?: Target,
 * }} ReadCase `hasPeer`: whether the peer has a command that does the same
 */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { denoToNode, ratio } from "./figures.mjs";
import { measureRounds, median, run, settle } from "./measure.mjs";
import * as trees from "./trees.mjs";

const PEER = "incus-simplestreams";

/** @param {boolean} quick */
function tree10k(quick) {
  return trees.tinyTree("10k", { products: quick ? 40 : 1_000, perProduct: 10 });
}

/** @type {readonly ReadCase[]} */
const READ_CASES = [
  {
    name: "verify",
    command: "verify",
    tree: (quick) => trees.bigTree(quick ? 1 / 32 : 1),
    hasPeer: true,
    speedup: { atLeast: 1.5 },
  },
  { name: "verify-10k", command: "verify", tree: tree10k, hasPeer: true },
  { name: "list-10k", command: "list", tree: tree10k, hasPeer: false, wallMs: { atMost: 400 } },
];

/** The names of these cases. */
export const READ_CASE_NAMES = READ_CASES.map(({ name }) => name);

/**
 * Runs one of them.
 *
 * @param {string} name
 * @param {Bench} bench
 * @returns {Promise<CaseResult>}
 */
export async function runReadCase(name, { ours, dir, rounds, quick, say }) {
  const readCase = READ_CASES.find((one) => one.name === name);
  if (readCase === undefined) throw new TypeError(`Cannot run case "${name}"`);
  const { command, speedup, wallMs } = readCase;
  const { name: tree, versions } = readCase.tree(quick);
  const root = join(dir, tree);
  trees.makeWhole(root, (at) => {
    say(`making ${tree}: ${versions.length} versions`);
    trees.writeVersions(at, versions);
  });
  const [first] = ours;
  await run([...first.argv, "-N", root]);
  const isThere = readCase.hasPeer && spawnSync(PEER, ["--version"]).status === 0;
  // It looks at its working directory, and at no other.
  const peer = { name: PEER, argv: ["sh", "-c", `cd "$1" && exec ${PEER} ${command}`, "sh", root] };
  const contenders = ours.map(({ name, argv }) => ({ name, argv: [...argv, command, root] }));
  if (isThere) contenders.push(peer);
  for (const { argv } of contenders) await run(argv);
  const samples = await measureRounds(contenders, { rounds, before: () => settle() });
  return {
    name,
    title: `${command} of ${versions.length} versions`,
    rounds,
    samples,
    figures: [
      ...readFigures(samples, { ours, targets: quick ? {} : { speedup, wallMs } }),
      ...denoToNode(samples, quick),
    ],
    notes: readCase.hasPeer === isThere ? [] : [`there is no ${PEER} here to compare with`],
  };
}

/**
 * @param {Map<string, Sample[]>} samples
 * @param {{ ours: readonly Contender[], targets: { speedup?: Target, wallMs?: Target } }} options
 * @returns {readonly Figure[]}
 */
function readFigures(samples, { ours, targets }) {
  if (samples.has(PEER)) {
    return ours.map(({ name }) => ratio(samples, PEER, name, targets.speedup));
  }
  return ours.map(({ name }) => ({
    label: name,
    value: median((samples.get(name) ?? []).map(({ wallS }) => wallS * 1000)),
    unit: "ms",
    target: targets.wallMs,
  }));
}

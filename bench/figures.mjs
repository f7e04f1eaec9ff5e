/**
 * Figures that several cases have.
 *
 * @typedef {import("./cases.mjs").Figure} Figure
 * @typedef {import("./cases.mjs").Target} Target
 * @typedef {import("./measure.mjs").Sample} Sample
 */

import { median } from "./measure.mjs";

/** @type {Target} */
const DENO_TO_NODE = { atMost: 1.2 };

/**
 * Returns how many times slower than under Node it is under Deno, where both ran.
 *
 * @param {Map<string, Sample[]>} samples
 * @param {boolean} quick
 * @returns {readonly Figure[]}
 */
export function denoToNode(samples, quick) {
  const both = samples.has("deno") && samples.has("node");
  return both ? [ratio(samples, "deno", "node", quick ? undefined : DENO_TO_NODE)] : [];
}

/**
 * Returns the median of the ratios within each round.
 *
 * @param {Map<string, Sample[]>} samples
 * @param {string} above
 * @param {string} below
 * @param {Target} [target]
 * @param {(sample: Sample) => number} [measure]
 * @returns {Figure}
 */
export function ratio(samples, above, below, target, measure = (sample) => sample.wallS) {
  const divisors = (samples.get(below) ?? []).map(measure);
  const ratios = (samples.get(above) ?? []).map((sample, i) => measure(sample) / divisors[i]);
  return { label: `${above} / ${below}`, value: median(ratios), unit: "x", target };
}

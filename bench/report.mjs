/**
 * The results as text and as JSON.
 *
 * @typedef {import("./cases.mjs").CaseResult} CaseResult
 * @typedef {import("./cases.mjs").Figure} Figure
 * @typedef {import("./measure.mjs").Sample} Sample
 */

import { median } from "./measure.mjs";

/**
 * Returns what the figures depend on, as one line.
 *
 * @param {{ cores: number, hashMbPerSecond: number, load: number, runtimes: string[] }} machine
 */
export function machineText({ cores, hashMbPerSecond, load, runtimes }) {
  const facts = [`${cores} cores`, `sha256 ${hashMbPerSecond} MB/s on one`];
  return [...facts, `load ${load.toFixed(2)}`, ...runtimes].join(", ");
}

/**
 * Returns one case as lines for a person.
 *
 * @param {CaseResult} result
 */
export function caseText({ name, title, rounds, samples, figures, notes }) {
  const lines = [`${name}: ${title} (medians of ${rounds})`];
  for (const [program, taken] of samples) {
    const { wallS, cpuS, peakMb } = medians(taken);
    const times = `${seconds(wallS)} s wall ${seconds(cpuS)} s cpu`;
    lines.push(`  ${program.padEnd(10)} ${times} ${peakMb.toFixed(0).padStart(7)} MB peak`);
  }
  for (const figure of figures) {
    const value = figureValue(figure).padStart(8);
    lines.push(`  ${figure.label.padEnd(40)} ${value}  ${verdict(figure)}`.trimEnd());
  }
  for (const note of notes) lines.push(`  note: ${note}`);
  return lines.join("\n");
}

/**
 * Returns one case as an object for JSON.
 *
 * @param {CaseResult} result
 */
export function caseObject({ name, title, rounds, samples, figures, notes }) {
  const programs = Object.fromEntries(
    [...samples].map(([program, taken]) => [program, { ...medians(taken), samples: taken }]),
  );
  const judged = figures.map((figure) => ({ ...figure, met: isMet(figure) }));
  return { name, title, rounds, programs, figures: judged, notes };
}

/** @param {readonly Sample[]} samples */
function medians(samples) {
  return {
    wallS: median(samples.map(({ wallS }) => wallS)),
    cpuS: median(samples.map(({ cpuS }) => cpuS)),
    peakMb: median(samples.map(({ peakMb }) => peakMb)),
  };
}

/** @param {number} value */
function seconds(value) {
  return (Number.isNaN(value) ? "?" : value.toFixed(3)).padStart(8);
}

/** @param {Pick<Figure, "value" | "unit">} figure */
function figureValue({ value, unit }) {
  if (unit === "%") return `${(value * 100).toFixed(0)} %`;
  return unit === "ms" ? `${value.toFixed(0)} ms` : `${value.toFixed(2)} x`;
}

/** @param {Figure} figure */
function verdict(figure) {
  const { target, unit } = figure;
  if (target === undefined) return "";
  const { atLeast, atMost } = target;
  const bound = atLeast === undefined
    ? `at most ${figureValue({ value: atMost ?? NaN, unit })}`
    : `at least ${figureValue({ value: atLeast, unit })}`;
  return `target ${bound}: ${isMet(figure) ? "met" : "MISSED"}`;
}

/**
 * @param {Figure} figure
 * @returns {boolean | undefined} undefined without a target
 */
function isMet({ value, target }) {
  if (target === undefined) return undefined;
  return value >= (target.atLeast ?? -Infinity) && value <= (target.atMost ?? Infinity);
}

/** The entry of `npm run bench`: options, programs, cases, clean-up. README.md has the rest. */

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { CASE_NAMES, runCase } from "./cases.mjs";
import { hashSpeed } from "./measure.mjs";
import { caseObject, caseText, machineText } from "./report.mjs";
import { removeTree } from "./trees.mjs";

const USAGE = `usage: npm run bench -- [options]
  --against COMMAND   time this program too, in turn; it is called as COMMAND -N ROOT
  --ours COMMAND      time this in place of the built bundle under Node and under Deno
  --only NAME,...     only these cases: ${CASE_NAMES.join(", ")}
  --runs N            rounds of each case (default 5; start takes four times as many)
  --quick             small trees, one round, no verdicts: does everything run?
  --dir DIR           make the trees below DIR (default: a new directory for temporary files)
  --keep              leave the trees; the next run with the same --dir uses them again
  --json              one JSON object on stdout
  -h, --help          this text
`;
const PROJECT = new URL("..", import.meta.url);

await main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
});

async function main() {
  const options = parseOptions();
  if (options === undefined) {
    process.stdout.write(USAGE);
    return;
  }
  const { against, dir, json, keep, names, quick, rounds } = options;
  const node = process.versions.deno === undefined ? process.execPath : "node";
  const trees = dir === undefined
    ? fs.mkdtempSync(join(tmpdir(), "simplestreams-bench-"))
    : join(dir, quick ? "simplestreams-bench-quick" : "simplestreams-bench");
  const say = (/** @type {string} */ line) => void process.stderr.write(`${line}\n`);

  if (keep) say(`keeping the trees in ${trees}`);
  process.once("exit", () => keep || removeTree(trees));
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));
  fs.mkdirSync(trees, { recursive: true });
  const ours = options.ours === undefined
    ? bundleContenders(node, trees)
    : [{ name: "ours", argv: shellArgv(options.ours) }];
  const other = against === undefined ? undefined : { name: "other", argv: shellArgv(against) };
  const bench = { ours, other, node, dir: trees, rounds, quick, say };
  const machine = {
    cores: availableParallelism(),
    hashMbPerSecond: Math.round(hashSpeed() / 1e6),
    load: loadavg()[0],
    runtimes: versions(options.ours === undefined ? ours.map(({ argv }) => argv[0]) : []),
  };
  if (!json) process.stdout.write(`${machineText(machine)}\n`);
  const results = [];
  for (const name of names) {
    const result = await runCase(name, bench);
    results.push(caseObject(result));
    if (!json) process.stdout.write(`\n${caseText(result)}\n`);
  }
  if (json) process.stdout.write(`${JSON.stringify({ machine, quick, cases: results })}\n`);
}

/**
 * @returns the options, undefined if help is wanted
 * @throws {TypeError} if an option, a case or a number is not known
 */
function parseOptions() {
  const { values } = parseArgs({
    options: {
      against: { type: "string" },
      ours: { type: "string" },
      only: { type: "string", default: CASE_NAMES.join() },
      runs: { type: "string" },
      quick: { type: "boolean", default: false },
      dir: { type: "string" },
      keep: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const wanted = new Set(values.only.split(","));
  for (const name of wanted) {
    if (CASE_NAMES.includes(name)) continue;
    throw new TypeError(`Cannot run case "${name}": expected one of ${CASE_NAMES.join(", ")}`);
  }
  const rounds = Number(values.runs ?? (values.quick ? 1 : 5));
  if (!Number.isSafeInteger(rounds) || rounds < 1) {
    throw new TypeError(`Cannot run "${values.runs}" rounds: expected a whole number from 1`);
  }
  return { ...values, names: CASE_NAMES.filter((name) => wanted.has(name)), rounds };
}

/**
 * Returns a command line for `sh`, so that quotes work, which takes more arguments at its end.
 *
 * @param {string} command
 */
function shellArgv(command) {
  return ["sh", "-c", `exec ${command} "$@"`, "sh"];
}

/**
 * Returns a copy of the built bundle under Node, and under Deno if there is one. A copy, as users
 * have it: beside a package.json Deno would see to the packages of the project at each start.
 *
 * @param {string} node
 * @param {string} dir
 */
function bundleContenders(node, dir) {
  const built = fileURLToPath(new URL("dist/simplestreams.mjs", PROJECT));
  const copy = join(dir, "simplestreams.mjs");
  if (!fs.existsSync(built)) {
    throw new Error(`Cannot run "${built}": not found, expected it from npm run build`);
  }
  fs.copyFileSync(built, copy);
  const deno = findDeno();
  const underDeno = { name: "deno", argv: [deno ?? "", "run", "-A", copy] };
  return [{ name: "node", argv: [node, copy] }, ...deno === undefined ? [] : [underDeno]];
}

/**
 * Returns the path of the program itself: npm's entry in `.bin` may be a script for Node that
 * starts it.
 */
function findDeno() {
  const { platform, arch } = process;
  const packages = [`@deno/${platform}-${arch}-glibc`, `@deno/${platform}-${arch}`, "deno"];
  const paths = packages.map((name) =>
    fileURLToPath(new URL(`node_modules/${name}/deno`, PROJECT))
  );
  const path = paths.find((candidate) => fs.existsSync(candidate));
  if (path === undefined) process.stderr.write("no Deno in node_modules: measuring Node alone\n");
  return path;
}

/**
 * Returns the names and versions of the runtimes that are measured.
 *
 * @param {readonly string[]} runtimes
 */
function versions(runtimes) {
  const first = (/** @type {string} */ path) =>
    spawnSync(path, ["--version"], { encoding: "utf8" }).stdout.split(/ \(|\n/, 1)[0];
  return runtimes.map((path) => first(path));
}

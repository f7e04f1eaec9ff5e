// All that `npm test` does: format, lint, types, then every test under Node and under Deno, and the
// command line as sources and as the single file, under both. Steps can be named: `npm test -- node`.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { bundleTests } from "./bundle_tests.mjs";

const DENO = "node_modules/.bin/deno";
// The npm packages that are there are used as they are; nothing is fetched.
const MANUAL = "--node-modules-dir=manual";
const SOURCES = ["cli", "cli.ts", "core", "test", "scripts", "bench", "deno.json"];
// The tests find the programs themselves: signals are for deno, not for the script that starts it.
const COMMANDS = {
  "node-bundle": [process.execPath, "dist/simplestreams.mjs"],
  "deno-bundle": ["deno", "run", "-A", MANUAL, "dist/simplestreams.mjs"],
  "deno-source": ["deno", "run", "-A", MANUAL, "cli.ts"],
};

const STEPS = {
  format: () => run(DENO, "fmt", "--check", ...SOURCES, "README.md", "CHANGELOG.md"),
  lint: () => run(DENO, "lint", "-q", ...SOURCES.filter((name) => !name.endsWith(".json"))),
  types: () => {
    run("node_modules/.bin/tsc", "--noEmit", "-p", ".");
    run(DENO, "check", "-q", MANUAL, "cli.ts", "core/mod.ts");
  },
  build: () => run(process.execPath, "scripts/build.mjs"),
  node: async () => {
    const files = await bundleTests(["e2e", "cli"]);
    run(process.execPath, "--test", "--test-concurrency=2", ...files);
  },
  deno: () => run(DENO, "test", "-A", "-q", MANUAL, "--ignore=test/e2e,test/cli", "test/"),
  // Types are checked above; here Deno adds imports to each example, and counts those without use.
  examples: () => run(DENO, "test", "-A", "-q", MANUAL, "--doc", "--no-check", ...examples()),
  ...Object.fromEntries(
    Object.entries(COMMANDS).map(([name, command]) => [name, () => testCommand(command)]),
  ),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in STEPS));
if (unknown.length > 0) {
  console.error(`Unknown step ${unknown.join(", ")}; expected ${Object.keys(STEPS).join(", ")}`);
  process.exit(1);
}
for (const [name, step] of Object.entries(STEPS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`\n=== ${name}`);
  await step();
}
console.log("\nEverything passes.");

async function testCommand(command) {
  const files = (await bundleTests(["e2e"])).filter((name) => name.startsWith("build/test/cli/"));
  process.env.SIMPLESTREAMS_COMMAND = JSON.stringify(command);
  run(process.execPath, "--test", "--test-concurrency=2", ...files);
}

function examples() {
  return readdirSync("core/format").map((name) => `core/format/${name}`);
}

function run(command, ...args) {
  const { status, signal } = spawnSync(command, args, { stdio: "inherit" });
  if (status === 0) return;
  console.error(`\nNot passed (${signal ?? `exit ${status}`}): ${command} ${args.join(" ")}`);
  process.exit(1);
}

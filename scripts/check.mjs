// All that `npm test` does: format, lint, types, then every test under Node and under Deno, and the
// command line and the server as sources and as single files, under both. Steps can be named:
// `npm test -- node`.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { bundleTests } from "./bundle_tests.mjs";

const DENO = "node_modules/.bin/deno";
// The npm packages that are there are used as they are; nothing is fetched.
const MANUAL = "--node-modules-dir=manual";
const SOURCES = [
  ...["cli", "cli.ts", "core", "server", "server.ts", "test", "scripts", "bench", "deno.json"],
];
const DOCUMENTS = ["README.md", "CHANGELOG.md", "examples"];
// The tests find the programs themselves: signals are for deno, not for the script that starts it.
const COMMANDS = {
  "node-bundle": [process.execPath, "dist/simplestreams.mjs"],
  "deno-bundle": ["deno", "run", "-A", MANUAL, "dist/simplestreams.mjs"],
  "deno-source": ["deno", "run", "-A", MANUAL, "cli.ts"],
};
const SERVERS = {
  "node-server": [process.execPath, "dist/simplestreams-server.mjs"],
  "deno-server": ["deno", "run", "-A", MANUAL, "dist/simplestreams-server.mjs"],
  "deno-server-source": ["deno", "run", "-A", MANUAL, "server.ts"],
};
// Tests of whole programs: steps of their own run them, by Node alone.
const PROCESS_TESTS = ["e2e", "cli", "service"];
// Of those, what measures milliseconds: by itself, as another test beside it would be measured too.
const TIMED = ["busy_test", "shutdown_test"];
const IGNORED = PROCESS_TESTS.map((name) => `test/${name}`).join();

const STEPS = {
  format: () => run(DENO, "fmt", "--check", ...SOURCES, ...DOCUMENTS),
  lint: () => run(DENO, "lint", "-q", ...SOURCES.filter((name) => !name.endsWith(".json"))),
  types: () => {
    run("node_modules/.bin/tsc", "--noEmit", "-p", ".");
    run(DENO, "check", "-q", MANUAL, "cli.ts", "server.ts", "core/mod.ts");
  },
  build: () => run(process.execPath, "scripts/build.mjs"),
  node: async () => {
    const files = await bundleTests(PROCESS_TESTS);
    run(process.execPath, "--test", "--test-concurrency=2", ...files);
  },
  deno: () => run(DENO, "test", "-A", "-q", MANUAL, `--ignore=${IGNORED}`, "test/"),
  // Types are checked above; here Deno adds imports to each example, and counts those without use.
  examples: () => run(DENO, "test", "-A", "-q", MANUAL, "--doc", "--no-check", ...examples()),
  ...Object.fromEntries(
    Object.entries(COMMANDS).map(([name, command]) => [name, () => testCommand(command)]),
  ),
  ...Object.fromEntries(
    Object.entries(SERVERS).map(([name, command]) => [name, () => testServer(command)]),
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
  process.env.SIMPLESTREAMS_COMMAND = JSON.stringify(command);
  await testProcesses("build/test/cli/");
}

async function testServer(command) {
  // The command line beside it is the built one, whatever a step before asked for.
  delete process.env.SIMPLESTREAMS_COMMAND;
  process.env.SIMPLESTREAMS_SERVER_COMMAND = JSON.stringify(command);
  await testProcesses("build/test/service/");
}

async function testProcesses(folder) {
  const files = (await bundleTests(["e2e"])).filter((name) => name.startsWith(folder));
  const isTimed = (file) => TIMED.some((name) => file.endsWith(`/${name}.mjs`));
  run(process.execPath, "--test", "--test-concurrency=2", ...files.filter((one) => !isTimed(one)));
  const timed = files.filter(isTimed);
  if (timed.length > 0) run(process.execPath, "--test", "--test-concurrency=1", ...timed);
}

/** The files with examples in their docstrings. */
function examples() {
  return ["cli", "core", "server"].flatMap((folder) =>
    readdirSync(folder, { recursive: true }).map((name) => `${folder}/${name}`)
  ).filter((name) => name.endsWith(".ts") && readFileSync(name, "utf8").includes("@example"));
}

function run(command, ...args) {
  const { status, signal } = spawnSync(command, args, { stdio: "inherit" });
  if (status === 0) return;
  console.error(`\nNot passed (${signal ?? `exit ${status}`}): ${command} ${args.join(" ")}`);
  process.exit(1);
}

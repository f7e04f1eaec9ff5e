import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Argument, Command } from "commander";
import { bashScript } from "../../cli/completion/bash_script.ts";
import { describeCommand, type DescribedCommand } from "../../cli/completion/described_command.ts";
import { fishScript } from "../../cli/completion/fish_script.ts";
import { zshScript } from "../../cli/completion/zsh_script.ts";
import { run, succeed, throughShell } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";

/** What is typed behind `simplestreams `, with a tab at its end, and the words that are run then. */
type Typed = readonly [string, readonly string[]];

interface Shell {
  readonly script: (commands: readonly DescribedCommand[]) => string;
  /** How it is started in a directory where it reads its settings. */
  readonly start: string;
  readonly rc: string;
}

const SHELLS: Readonly<Record<string, Shell>> = {
  bash: {
    script: bashScript,
    start: "bash --noprofile --rcfile rc -i",
    rc: `source ./script\nsimplestreams() { printf '%s\\n' "$@" ''; } >> typed\n`,
  },
  zsh: {
    script: zshScript,
    start: "ZDOTDIR=$PWD zsh --no-globalrcs -i",
    // Whether a directory keeps its slash when the line ends behind it is a matter of taste
    rc: "setopt no_auto_remove_slash\nautoload -Uz compinit\ncompinit -u -D\n" +
      `source ./script\nsimplestreams() { printf '%s\\n' "$@" ''; } >> typed\n`,
  },
  fish: {
    script: fishScript,
    start: "fish --no-config -i -C 'source ./rc'",
    rc: "source ./script\nfunction simplestreams; printf '%s\\n' $argv '' >> typed; end\n",
  },
};

const REAL: readonly Typed[] = [
  ["li", ["list"]],
  ["com", ["completion"]],
  ["completion z", ["completion", "zsh"]],
  ["./li", ["./list/"]],
  ["wi", ["with space/"]],
  ["with\\ s", ["with space/"]],
  ["--reh", ["--rehash"]],
  ["-N wi", ["-N", "with space/"]],
  ["-N lis", ["-N", "list/"]],
  ["-i wi", ["-i", "with space/"]],
  ["-Ni wi", ["-Ni", "with space/"]],
  ["--import wi", ["--import", "with space/"]],
  ["--jobs wi", ["--jobs", "wi"]],
  ["-N . wi", ["-N", ".", "wi"]],
  ["-- lis", ["--", "list/"]],
  ["list --form", ["list", "--format"]],
  ["list --format com", ["list", "--format", "compact"]],
  ["list --format=com", ["list", "--format=compact"]],
  ["list --client i", ["list", "--client", "incus"]],
  ["list --format csv wi", ["list", "--format", "csv", "with space/"]],
  ["list . wi", ["list", ".", "wi"]],
  ["list --write", ["list", "--write"]],
  ["show wi", ["show", "wi"]],
  ["show debian/12 wi", ["show", "debian/12", "with space/"]],
  ["verify --fa", ["verify", "--fast"]],
  ["verify one", ["verify", "one"]],
];

/** What no command of the tool has, or need have. */
const MADE_UP = [
  new Command("simplestreams").argument("[rootdir]"),
  new Command("simplestreams take")
    .addArgument(new Argument("<what>").choices(["all", "none"]))
    .argument("<file...>")
    .option("-f, --from-file <file>", "quotes ' and \" and `, $signs, [brackets]: and \\")
    .option("-v", "switch"),
];

const TAKEN: readonly Typed[] = [
  ["tak", ["take"]],
  ["take al", ["take", "all"]],
  ["take all one", ["take", "all", "one file.tar"]],
  ["take all a b c one", ["take", "all", "a", "b", "c", "one file.tar"]],
  ["take all wi", ["take", "all", "with space/"]],
  ["take -f one", ["take", "-f", "one file.tar"]],
  ["take -vf one", ["take", "-vf", "one file.tar"]],
  ["take --from-file=one", ["take", "--from-file=one file.tar"]],
  ["take --from-file x al", ["take", "--from-file", "x", "all"]],
  ["take -v al", ["take", "-v", "all"]],
  ["take -- al", ["take", "--", "all"]],
];

describe("simplestreams completion", { concurrency: 2 }, () => {
  for (const [name, shell] of Object.entries(SHELLS)) {
    const found = spawnSync(name, ["--version"]);
    const skip = found.status === 0 ? false : `${name} is not installed`;

    it(`completes for ${name} what is typed`, { skip }, async (test) => {
      const real = await succeed(["completion", name]);
      await assertCompletes(test, shell, { script: real, cases: REAL });
    });

    it(`completes for ${name} files, repeated operands and odd texts`, { skip }, async (test) => {
      const madeUp = shell.script(MADE_UP.map(describeCommand));
      await assertCompletes(test, shell, { script: madeUp, cases: TAKEN });
    });
  }
});

async function assertCompletes(
  test: TestContext,
  shell: Shell,
  { script, cases }: { readonly script: string; readonly cases: readonly Typed[] },
): Promise<void> {
  const directory = makeTempDirectory(test);
  for (const name of ["list", "with space"]) mkdirSync(join(directory, name));
  writeFileSync(join(directory, "one file.tar"), "");
  writeFileSync(join(directory, "script"), script);
  const runs = await type(shell, { directory, lines: cases.map(([typed]) => typed) });
  assert.deepEqual(runs, cases.map(([, words]) => words));
}

/** Types lines into a shell on a terminal of its own and returns the words that it runs. */
async function type(
  { start, rc }: Shell,
  { directory, lines }: { readonly directory: string; readonly lines: readonly string[] },
): Promise<readonly (readonly string[])[]> {
  for (const name of ["rc", ".zshrc"]) writeFileSync(join(directory, name), rc);
  const keys = lines.map((line) => `simplestreams ${line}\t\n`).join("");
  writeFileSync(join(directory, "keys"), `${keys}exit\n`);
  const program = `TERM=dumb INPUTRC=/dev/null HOME=$PWD ${start}`;
  const through = throughShell(`exec "$@" < keys`);
  await run([...through, "script", "-qec", program, "/dev/null"], { directory, timeoutMs: 20_000 });
  const runs = readFileSync(join(directory, "typed"), "utf8").split("\n\n");
  return runs.slice(0, -1).map((words) => words.split("\n"));
}

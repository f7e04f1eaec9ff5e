import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { SUBCOMMANDS } from "../cli/subcommands.ts";
import { describeCommandLine, describeServer } from "../scripts/docs/described_program.ts";
import { makeDocs } from "../scripts/docs/make_docs.ts";

// Tests run in the project's folder.
const COMMANDS = [...await describeCommandLine(), describeServer()];
const DOCS = await makeDocs(readFileSync("README.md", "utf8"));

for (const [path, text] of DOCS) {
  test(`${path} says what the commands say; npm run docs mends it`, () => {
    assert.equal(existsSync(path) ? readFileSync(path, "utf8") : undefined, text);
  });
}

const pages = [...DOCS.keys()].filter((path) => path.endsWith(".1"));

test("package.json has every manual page installed", () => {
  const manifest = JSON.parse(readFileSync("package.json", "utf8"));
  assert.deepEqual(manifest.man, pages.map((path) => `./${path}`));
});

for (const path of pages) {
  const groff = spawnSync("groff", ["-man", "-ww", "-z", path], { encoding: "utf8" });
  const skip = groff.error === undefined ? false : "groff is not installed";
  test(`${path} gives groff nothing to warn of`, { skip }, () => {
    assert.deepEqual([groff.status, groff.stderr], [0, ""]);
  });
}

test("every command is described", () => {
  const names = [
    "simplestreams",
    ...[...SUBCOMMANDS.keys()].map((name) => `simplestreams ${name}`),
  ];
  assert.deepEqual(COMMANDS.map(({ name }) => name), [...names, "simplestreams-server"]);
});

for (const { name, text, options } of COMMANDS) {
  test(`${name} has an example of its own, and says what 0 and 1 mean`, () => {
    assert.ok(text.examples.length > 0);
    for (const { command, does } of text.examples) {
      assert.ok(`${command} `.includes(`${name} `), command);
      assert.ok(command.length <= 96 && does.length > 0, command);
    }
    assert.ok(text.exit[0] !== undefined && text.exit[1] !== undefined);
  });

  test(`${name} names in its texts only options that it has`, () => {
    const texts = [text.description, ...text.notes ?? [], ...Object.values(text.exit)];
    const known = options.flatMap(({ term }) => term.match(/--?[A-Za-z][\w-]*/g) ?? []);
    const named = [...texts, ...options.map(({ does }) => does)].flatMap((one) =>
      one.match(/(?<![\w-])--[a-z][\w-]*/g) ?? []
    );
    for (const option of named) assert.ok(known.includes(option), option);
  });
}

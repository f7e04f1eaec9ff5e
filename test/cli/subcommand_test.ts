import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { SUBCOMMANDS } from "../../cli/subcommands.ts";
import { simplestreams, succeed } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import { INDEX, writeSampleTree } from "../support/trees.ts";

const NAMES = [...SUBCOMMANDS.keys()];

describe("simplestreams with a sub-command", { concurrency: 2 }, () => {
  for (const name of NAMES) {
    for (const option of ["-h", "--help"]) {
      it(`shows the usage of ${name} with ${option}`, async () => {
        const { status, stdout, stderr } = await simplestreams([name, option]);
        assert.deepEqual([status, stderr], [0, ""]);
        assert.ok(stdout.startsWith(`Usage: simplestreams ${name} [options] `));
        assert.match(stdout, new RegExp(`\nExamples:\n .*\\bsimplestreams ${name}\\b`));
        const isOfTree = name !== "completion";
        for (const common of ["--json", "--quiet"]) {
          assert.equal(stdout.includes(common), isOfTree, common);
        }
        for (const common of ["  -h, --help ", "\nExit status: 0 "]) {
          assert.ok(stdout.includes(common), common);
        }
        assert.ok(stdout.split("\n").every((line) => line.length <= 100));
      });
    }

    it(`is the main command for ./${name}, ${name}/ and -- ${name}`, async (test) => {
      for (const words of [[`./${name}`], [`${name}/`], ["--", name]]) {
        const directory = makeTempDirectory(test);
        writeSampleTree(join(directory, name));
        await succeed(["-N", ...words], { directory });
        assert.ok(existsSync(join(directory, name, INDEX)), words.join(" "));
      }
    });

    it(`refuses options before ${name}, and says how to write it`, async (test) => {
      const directory = makeTempDirectory(test);
      writeSampleTree(join(directory, name));
      const { status, stdout, stderr } = await simplestreams(["-N", name], { directory });
      assert.deepEqual([status, stdout], [1, ""]);
      assert.match(stderr, new RegExp(`"simplestreams ${name}" .* "./${name}" for the directory`));
      assert.ok(!existsSync(join(directory, name, INDEX)));
    });

    it(`imports from a directory that is called ${name}`, async (test) => {
      const directory = makeTempDirectory(test);
      const { stderr } = await simplestreams(["-i", name], { directory });
      assert.doesNotMatch(stderr, /sub-command/);
    });
  }

  it("names them in the main help", async () => {
    const help = await succeed(["--help"]);
    for (const name of NAMES) assert.match(help, new RegExp(`^  ${name} +\\w`, "m"));
  });

  it("says what was meant by a name that is spelt wrongly", async (test) => {
    const directory = makeTempDirectory(test);
    const meant = /^error: Cannot use "lst": there is no such directory or sub-command, /;
    const both = /: .*, expected a directory, or "simplestreams list"$/m;
    const hint = /^\(Did you mean simplestreams list\?\)$/m;
    const CASES: readonly (readonly [readonly string[], readonly RegExp[]])[] = [
      [["lst"], [meant, both]],
      [["-N", "lst"], [meant, both]],
      [["LIST"], [/^error: Cannot use "LIST"/, both]],
      [["ls"], [/^error: Cannot use "ls"/, both]],
      [["help"], [/, or "simplestreams --help"$/m]],
      [["lst", "."], [/too many arguments/, hint, /^usage: simplestreams \[-Nh\]/m]],
      [["lst", "--format", "csv"], [/unknown option '--format'/, hint]],
      [["list", "--formt", "csv"], [/\(Did you mean --format\?\)/]],
      [["--strikt"], [/\(Did you mean --strict\?\)/]],
    ];
    for (const [words, reasons] of CASES) {
      const { status, stdout, stderr } = await simplestreams(words, { directory });
      assert.deepEqual([status, stdout], [1, ""], words.join(" "));
      for (const reason of reasons) assert.match(stderr, reason);
    }
  });

  it("is not meant by a directory, nor by a path or a word that is not near", async (test) => {
    const directory = makeTempDirectory(test);
    writeSampleTree(join(directory, "lst"));
    await succeed(["lst"], { directory });
    for (const words of [["./lis"], ["lis/t"], ["debian"], ["--", "lis"]]) {
      const { status, stderr } = await simplestreams(words, { directory });
      assert.equal(status, 1);
      assert.doesNotMatch(stderr, /sub-command|Did you mean/);
    }
  });

  const WRONG: readonly (readonly [string, readonly string[], RegExp])[] = [
    ["an unknown option", ["list", "--wright"], /unknown option '--wright'/],
    ["an option of the main command", ["list", "-N"], /unknown option '-N'/],
    ["an unknown format", ["list", "--format", "xml"], /table, compact, json, csv, yaml, markdown/],
    ["an unknown client", ["list", "--client", "docker"], /Allowed choices are incus, lxd/],
    ["an unknown column", ["list", "--columns", "os,ox"], /column "ox": .*alias, fingerprint, os/],
    ["no shell", ["completion"], /missing required argument 'shell'/],
    ["an unknown shell", ["completion", "tcsh"], /Allowed choices are bash, zsh, fish/],
    ["no column", ["list", "--columns", ""], /column "": .*alias, fingerprint, os/],
    ["columns of JSON", ["list", "--json", "--columns", "os"], /--columns with the format "json"/],
    ["an unknown filter", ["list", "oss=debian"], /"oss" is no filter, expected one of os, /],
    ["a filter given twice", ["list", "os=a", "os=b"], /"os" is given twice/],
    ["an unknown type", ["list", "type=pod"], /expected one of container, virtual-machine, vm/],
    [
      "a root that is not there",
      ["list", "./nowhere"],
      /there is no such directory, expected the directory that/,
    ],
    ["a word in place of the root", ["list", "cloud"], /as in "simplestreams list \. WORD"$/m],
    [
      "an alias in place of the root",
      ["list", "debian/12"],
      /as in "simplestreams list \. WORD"$/m,
    ],
    ["no name to show", ["show"], /missing required argument 'name'/],
    ["no name to remove", ["remove"], /missing required argument 'name'/],
    ["too many operands", ["show", "a", ".", "b"], /too many arguments/],
  ];
  for (const words of [["--jobs", "0"], ["--format", "xml"], ["--no-such-option"]]) {
    it(`prints the error of ${words.join(" ")} as one JSON object with --json`, async (test) => {
      const name = words[0] === "--jobs" ? "verify" : "list";
      const { status, stdout, stderr } = await simplestreams([name, "--json", ...words], {
        directory: makeTempDirectory(test),
      });
      assert.equal(status, 1);
      const { error } = JSON.parse(stdout);
      assert.equal(error.code, "USAGE");
      assert.ok(stderr.includes(error.message));
    });
  }

  for (const [what, words, reason] of WRONG) {
    it(`exits with 1 and says why for ${what}`, async (test) => {
      const directory = makeTempDirectory(test);
      const { status, stderr } = await simplestreams(words, { directory });
      assert.equal(status, 1);
      assert.match(stderr, reason);
    });
  }
});

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { childEnvironment, COMMAND, run, simplestreams, succeed } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import { assertDigestsHold, sha256sum } from "../support/trees.ts";

const NAMES = ["--os", "Debian", "--release", "12", "--arch", "amd64"];
const TIME = new Date("2024-01-02T03:04:05Z");

function writeRoot(directory: string): string {
  const path = join(directory, "fs");
  writeFileSync(path, "hsqs\n");
  utimesSync(path, TIME, TIME);
  return path;
}

/** Runs the command line on a terminal of its own, where these lines are typed. */
async function onTerminal(
  directory: string,
  words: readonly string[],
  lines: readonly string[],
): Promise<{ readonly status: number | null; readonly output: string }> {
  const quoted = [...COMMAND, ...words].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qec", quoted, "/dev/null"], {
    cwd: directory,
    env: childEnvironment(),
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (piece) => output += piece);
  child.stdin.end(lines.map((line) => `${line}\n`).join(""));
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, output };
}

describe("simplestreams metadata", { concurrency: 2 }, () => {
  it("shows without -N what it would pack, and writes nothing", async (test) => {
    const directory = makeTempDirectory(test);
    const root = writeRoot(directory);
    const stdout = await succeed(["metadata", ...NAMES, root]);
    assert.match(stdout, /^architecture: x86_64\ncreation_date: 1704164645\nexpiry_date: 0\n/);
    assert.deepEqual(readdirSync(directory), ["fs"]);
  });

  it("writes an archive that tar and xz read, and says what it is", async (test) => {
    const directory = makeTempDirectory(test);
    const root = writeRoot(directory);
    const shown = await succeed(["metadata", ...NAMES, root]);
    const stdout = await succeed(["metadata", "-N", ...NAMES, root]);
    const out = join(directory, "incus.tar.xz");
    assert.equal(stdout, `wrote ${out}, 2.1 KiB\n  sha256 ${await sha256sum(out)}\n`);
    await run(["xz", "-t", out]);
    assert.equal(await run(["tar", "-tJf", out]), "metadata.yaml\n");
    assert.equal(await run(["tar", "-xOJf", out, "metadata.yaml"]), shown);
    // The same bytes under Node and Deno, from sources and as a single file
    assert.equal(
      await sha256sum(out),
      "9928710b4c72735f7e294317e6a0fa72999c84f7ba6b27e7d5e3985f3061d14b",
    );
  });

  it("makes what add takes with its root", async (test) => {
    const [directory, tree] = [makeTempDirectory(test), makeTempDirectory(test)];
    const root = writeRoot(directory);
    const out = join(directory, "meta");
    await succeed(["metadata", "-N", "--quiet", ...NAMES, root, "--out", out]);
    await succeed(["add", "-N", "--strict", root, out, tree]);
    await assertDigestsHold(tree);
  });

  it("prints one JSON object", async (test) => {
    const directory = makeTempDirectory(test);
    const args = [
      "metadata",
      "--json",
      ...NAMES,
      "--date",
      "20240102_03:04",
      "--property",
      "a=b=c",
    ];
    const planned = JSON.parse(await succeed(args, { directory }));
    assert.deepEqual(Object.keys(planned), ["command", "path", "written", "metadata"]);
    const { metadata, ...rest } = JSON.parse(await succeed([...args, "-N"], { directory }));
    assert.equal(metadata, planned.metadata);
    assert.match(metadata, /\n {2}a: "b=c"\n/);
    const sha256 = await sha256sum(join(directory, "incus.tar.xz"));
    assert.deepEqual(rest, {
      command: "metadata",
      path: "incus.tar.xz",
      written: true,
      size: readFileSync(join(directory, "incus.tar.xz")).length,
      sha256,
    });
  });

  it("does not write over a file that is there", async (test) => {
    const directory = makeTempDirectory(test);
    writeFileSync(join(directory, "incus.tar.xz"), "precious");
    for (const options of [[], ["-N"]]) {
      const { status, stderr } = await simplestreams(["metadata", ...options, ...NAMES], {
        directory,
      });
      assert.equal(status, 1);
      assert.match(
        stderr,
        /^error: Cannot write "incus.tar.xz": it is there already, [^\n]*--out\n$/,
      );
    }
    assert.equal(readFileSync(join(directory, "incus.tar.xz"), "utf8"), "precious");
  });

  it("names the options that are missing where there is no terminal", async () => {
    const { status, stderr } = await simplestreams(["metadata", "--release", "12"]);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^error: Cannot make metadata: --os, --arch not given and no terminal [^\n]*\n$/,
    );
  });

  it("refuses what is no property", async () => {
    for (const property of ["x", "=x"]) {
      const { status, stderr } = await simplestreams([
        "metadata",
        ...NAMES,
        "--property",
        property,
      ]);
      assert.equal(status, 1);
      assert.match(stderr, /Expected KEY=VALUE/);
    }
  });

  it("asks on a terminal for what is missing, and again for what is unusable", async (test) => {
    const directory = makeTempDirectory(test);
    const lines = ["a/b", "Debian", "", "vax", "arm64", ""];
    const { status, output } = await onTerminal(
      directory,
      ["metadata", "-N", "--release", "12"],
      lines,
    );
    assert.equal(status, 0, output);
    assert.match(output, /Operating system, as Debian: /);
    assert.match(output, /expected a name without "\/"/);
    assert.match(output, /Variant \[default\]: /);
    assert.match(output, /no client knows it, expected one of x86_64/);
    assert.doesNotMatch(output, /Release, as/);
    const text = await run(["tar", "-xOJf", join(directory, "incus.tar.xz")]);
    assert.match(text, /^architecture: aarch64\n/);
    assert.match(
      text,
      /\n {2}description: "Debian 12 \(default\) \(aarch64\) \(\d{8}_\d\d:\d\d\)"\n/,
    );
  });

  it("ends when the terminal's input ends", async (test) => {
    const directory = makeTempDirectory(test);
    const { status, output } = await onTerminal(directory, ["metadata", "-N"], ["Debian", "\x04"]);
    assert.equal(status, 1);
    assert.match(output, /error: Cannot make metadata: the input ended, expected an answer/);
    assert.deepEqual(readdirSync(directory), []);
  });
});

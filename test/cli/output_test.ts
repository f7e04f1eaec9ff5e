import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { COMMAND, run, simplestreams, succeed, throughShell } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import { readDocument, writeSampleTree, writeVersion } from "../support/trees.ts";

describe("stdout and stderr", { concurrency: 2 }, () => {
  it("may be closed early, as by head", async (test) => {
    const root = makeTempDirectory(test);
    writeManyVersions(root);
    const through = throughShell('set -o pipefail; "$@" | head -c 10');
    const { status, stdout, stderr } = await simplestreams([root], { through });
    assert.equal(status, 0);
    assert.equal(stdout, '{"content_');
    assert.match(stderr, /^simplestreams: [^\n]*\n$/);
  });

  it("are not cut short for a slow reader", async (test) => {
    const root = makeTempDirectory(test);
    writeManyVersions(root);
    const shown = await succeed([root]);
    assert.ok(shown.length > 100_000);
    const through = throughShell('set -o pipefail; "$@" | { sleep 0.5; cat; }');
    assert.equal(await succeed([root], { through }), shown);
  });

  it("may both be closed before anything is written", async (test) => {
    const root = makeTempDirectory(test);
    writeManyVersions(root);
    writeVersion(root, "debian/12/amd64/default/newest");
    const through = throughShell('set -o pipefail; { sleep 0.3; "$@"; } 2>&1 | true');
    for (const words of [[root], ["-N", root]]) {
      assert.equal((await simplestreams(words, { through })).status, 0, words[0]);
    }
    assert.equal(readDocument(root), await succeed([root]));
  });

  for (const words of [["ROOT"], ["--json", "ROOT"], ["-h"], ["--version"]]) {
    it(`may be a full device with ${words.join(" ")}: exit 1 and why`, async (test) => {
      const root = makeTempDirectory(test);
      writeSampleTree(root);
      const through = throughShell('"$@" > /dev/full');
      const args = words.map((word) => word.replace("ROOT", root));
      const { status, stderr } = await simplestreams(args, { through });
      assert.equal(status, 1);
      assert.match(stderr, /^error: [^\n]*(stdout|standard output)[^\n]*full/m);
      assert.ok(!stderr.includes("    at "), stderr);
    });
  }

  it("do not stop a run when stderr is a full device", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    writeVersion(root, "debian/12/amd64/default/newest");
    const through = throughShell('"$@" 2> /dev/full');
    assert.equal((await simplestreams(["-N", root], { through })).status, 0);
    assert.equal(readDocument(root), await succeed([root]));
  });
});

const CLEAR_LINE = "\r\x1b[K";

describe("The progress bar", { concurrency: 2 }, () => {
  it("is on stderr when that is a terminal, and taken away at the end", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    const output = await onTerminal([...COMMAND, "-N", root], ">/dev/null");
    const [nothing, first = "", ...more] = output.split(CLEAR_LINE);
    assert.equal(nothing, "");
    assert.match(first, /^\[[#.]{20}\] \d+ %, \d+\/11 files, \d+ B of \d+ B, \d/);
    assert.match(more.at(-1) ?? "", /^simplestreams: 3 products[^\r\n]*\r\n$/);
  });

  it("is not in the way of the document on the same terminal", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    const output = await onTerminal([...COMMAND, root], "2>/dev/null");
    assert.equal(output.replaceAll("\r\n", "\n"), await succeed([root]));
  });

  it("is not there with --quiet, nor when stderr is no terminal", async (test) => {
    const root = makeTempDirectory(test);
    writeSampleTree(root);
    assert.equal(await onTerminal([...COMMAND, "--quiet", root], ">/dev/null"), "");
    const { stderr } = await simplestreams(["--rehash", root]);
    assert.match(stderr, /^simplestreams: [^\r\n]*\n$/);
  });
});

/** Enough for a document that no pipe holds. */
function writeManyVersions(root: string): void {
  for (let day = 10; day < 30; day++) {
    for (let hour = 10; hour < 20; hour++) {
      writeVersion(root, `debian/12/amd64/default/202401${day}_${hour}:00`);
    }
  }
}

/** Runs words on a terminal of their own and returns what it shows. */
function onTerminal(words: readonly string[], redirection: string): Promise<string> {
  const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  return run(["script", "-qec", `${quoted} ${redirection}`, "/dev/null"]);
}

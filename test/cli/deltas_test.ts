import assert from "node:assert/strict";
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { noise } from "../support/archives.ts";
import {
  run,
  simplestreams,
  startSimplestreams,
  succeed,
  throughShell,
  until,
} from "../support/command.ts";
import { killAt } from "../support/kill.ts";
import { CANNOT_MOUNT, makeTempDirectory, mountTmpfs } from "../support/temp_directory.ts";

const PRODUCT = "images/debian/12/amd64/default";
const ID = "debian:12:amd64:default";
const BASE = "20240101_05:24";
const TARGET = "20240102_05:24";
const DELTA = `${PRODUCT}/${TARGET}/root.${BASE}.vcdiff`;
const KILLS = 10;

/** Puts two builds that differ in a few bytes; so many bytes take xdelta3 about a second each. */
function writeBuilds(root: string, { product = PRODUCT, sizeBytes = 100_000 } = {}): void {
  for (const version of [BASE, TARGET]) {
    mkdirSync(join(root, product, version), { recursive: true });
    writeFileSync(join(root, product, version, "incus.tar.xz"), `metadata of ${version}`);
  }
  writeFileSync(join(root, product, BASE, "root.squashfs"), noise(sizeBytes));
  const target = join(root, product, TARGET, "root.squashfs");
  copyFileSync(join(root, product, BASE, "root.squashfs"), target);
  appendFileSync(target, "one package more");
}

function itemsOf(root: string, id = ID) {
  const { products } = JSON.parse(readFileSync(join(root, "streams/v1/images.json"), "utf8"));
  return products[id].versions[TARGET].items;
}

/** Fails unless xdelta3 itself makes the listed root of what is listed as base and delta. */
async function assertMakesRoot(root: string, product = PRODUCT): Promise<void> {
  const script = 'xdelta3 -d -c -s "$0/root.squashfs" "$1" | cmp - "$2/root.squashfs"';
  const [base, target] = [BASE, TARGET].map((version) => join(root, product, version));
  const delta = join(root, product, TARGET, `root.${BASE}.vcdiff`);
  await run(["bash", "-c", script, `${base}`, delta, `${target}`]);
}

/** A directory for PATH in which only this is. */
function pathWith(test: TestContext, programs: readonly string[]): string {
  const directory = makeTempDirectory(test);
  for (const program of programs) {
    symlinkSync(program, join(directory, program.split("/").at(-1) ?? ""));
  }
  return directory;
}

async function findProgram(name: string): Promise<string> {
  return realpathSync((await run(["bash", "-c", `command -v ${name}`])).trim());
}

describe("simplestreams deltas", { concurrency: 2 }, () => {
  it("shows what it would make and writes nothing, and makes it with -N", async (test) => {
    const root = makeTempDirectory(test);
    writeBuilds(root);
    const shown = await succeed(["deltas", root]);
    assert.equal(shown, `make ${DELTA} (from ${BASE}; root of 97.7 KiB)\n`);
    assert.deepEqual(readdirSync(root), ["images"]);
    const { status, stdout, stderr } = await simplestreams(["deltas", "-N", root]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^made \S+ \(from 20240101_05:24; [0-9]+ B, 0 % of 97\.7 KiB\)\n$/);
    assert.match(stderr, /^simplestreams: deltas: 1 made, [0-9]+ B for 97\.7 KiB\n$/);
    assert.equal(itemsOf(root)[`root.${BASE}.vcdiff`].delta_base, BASE);
    await assertMakesRoot(root);
    await succeed(["verify", "--strict", root]);
    assert.equal(await succeed(["deltas", "-N", root]), "");
  });

  it("prints one JSON object", async (test) => {
    const root = makeTempDirectory(test);
    writeBuilds(root);
    const result = JSON.parse(await succeed(["deltas", "-N", "--json", root]));
    assert.deepEqual(Object.keys(result), [
      ...["command", "root", "written", "made", "planned", "notWorth"],
      ...["documents", "changes", "findings"],
    ]);
    const [{ size, ...made }] = result.made;
    assert.deepEqual(made, {
      ...{ product: ID, version: TARGET, base: BASE, path: DELTA, rootSize: 100_016 },
    });
    assert.equal(size, itemsOf(root)[`root.${BASE}.vcdiff`].size);
  });

  it("is a part of an index run with --deltas", async (test) => {
    const root = makeTempDirectory(test);
    writeBuilds(root);
    const { changes, deltas } = JSON.parse(await succeed(["-N", "--deltas", "--json", root]));
    assert.deepEqual(changes.added, [`${ID}@${BASE}`, `${ID}@${TARGET}`]);
    assert.deepEqual(deltas.made.map(({ path }: { readonly path: string }) => path), [DELTA]);
    assert.equal(itemsOf(root)[`root.${BASE}.vcdiff`].path, DELTA);
    const shown = await succeed(["show", ID, root]);
    assert.match(shown, /\n {4}with 20240101_05:24: [0-9]+ B, 0 %\n/);
    const listed = await succeed(["list", "--format", "csv", "--columns", "version,delta", root]);
    assert.match(listed, /20240102_05:24,[0-9]+\r?\n20240101_05:24,""\r?\n$/);
  });

  it("does not keep what saves too little, and tries it no second time", async (test) => {
    const root = makeTempDirectory(test);
    writeBuilds(root);
    writeFileSync(join(root, PRODUCT, TARGET, "root.squashfs"), noise(200_000).subarray(100_000));
    for (const _ of [1, 2]) {
      const result = JSON.parse(await succeed(["deltas", "-N", "--json", root]));
      assert.deepEqual([result.made, result.notWorth.length], [[], 1]);
    }
    assert.deepEqual(
      readdirSync(join(root, PRODUCT, TARGET)).filter((name) => /vcdiff/.test(name)),
      [],
    );
  });

  for (
    const args of [["--for", "0"], ["--for", "x"], ["--max-ratio", "0"], ["--max-ratio", "1.1"]]
  ) {
    it(`refuses ${args.join(" ")}`, async (test) => {
      const { status, stderr } = await simplestreams(["deltas", ...args, makeTempDirectory(test)]);
      assert.equal(status, 1);
      assert.match(
        stderr,
        /^error: option '--(?:for <n>|max-ratio <ratio>)' argument '.*' is invalid/,
      );
    });
  }

  it("says what is missing where there is no xdelta3, and changes nothing", async (test) => {
    const root = makeTempDirectory(test);
    writeBuilds(root);
    const empty = pathWith(test, [await findProgram("env")]);
    const through = throughShell(`PATH=${empty}; exec "$@"`);
    const { status, stderr } = await simplestreams(["deltas", "-N", root], { through });
    assert.equal(status, 1);
    assert.equal(
      stderr,
      'error: Cannot make deltas: there is no program "xdelta3", expected it in PATH; install the ' +
        "package xdelta3\n",
    );
    assert.deepEqual(readdirSync(root), ["images"]);
    const indexed = await simplestreams(["-N", "--deltas", "--strict", root], { through });
    assert.equal(indexed.status, 3, indexed.stderr);
    assert.match(indexed.stderr, /^warning: images: Cannot make deltas: /);
    assert.equal(itemsOf(root)["root.squashfs"].size, 100_016);
  });

  it("lists no delta that is corrupt, and makes a right one in its place", async (test) => {
    const root = makeTempDirectory(test);
    writeBuilds(root);
    writeFileSync(join(root, DELTA), "\xd6\xc3\xc4 no delta at all");
    const { stderr } = await simplestreams(["-N", root]);
    assert.match(stderr, /^warning: \S+\.vcdiff: is not listed: .* does not make .*: xdelta3: /);
    assert.equal(itemsOf(root)[`root.${BASE}.vcdiff`], undefined);
    await succeed(["deltas", "-N", root]);
    await succeed(["verify", "--strict", root]);
    assert.equal(itemsOf(root)[`root.${BASE}.vcdiff`].path, DELTA);
  });

  it("says that nothing is known of a delta whose decoding was killed, and tries again", async (test) => {
    const root = makeTempDirectory(test);
    writeBuilds(root);
    const folder = makeTempDirectory(test);
    const xdelta = await findProgram("xdelta3");
    const script = `#!/bin/sh\n[ "$1" = -d ] && kill -9 $$\nexec ${xdelta} "$@"\n`;
    writeFileSync(join(folder, "xdelta3"), script, { mode: 0o755 });
    const through = throughShell(`PATH="${folder}:$PATH"; exec "$@"`);
    const made = await simplestreams(["deltas", "-N", root], { through });
    assert.equal(made.status, 1);
    assert.match(made.stderr, /the delta could not be made: .* SIGKILL; run it again/);
    assert.deepEqual(
      readdirSync(join(root, DELTA, "..")).filter((name) => /vcdiff/.test(name)),
      [],
    );
    await run(["xdelta3", "-e", "-9", "-s", join(root, PRODUCT, BASE, "root.squashfs"), ...[
      join(root, PRODUCT, TARGET, "root.squashfs"),
      join(root, DELTA),
    ]]);
    const indexed = await simplestreams(["-N", root], { through });
    assert.match(indexed.stderr, /is not listed: it could not be decoded: .*; the next run tries/);
    await succeed(["-N", "--strict", root]);
    assert.equal(itemsOf(root)[`root.${BASE}.vcdiff`].path, DELTA);
    const verified = await simplestreams(["verify", root], { through });
    assert.equal(verified.status, 0);
    assert.match(verified.stdout + verified.stderr, /it could not be decoded: .*; verify again/);
  });

  it("takes names for names, whatever a shell would make of them", async (test) => {
    const folder = makeTempDirectory(test);
    const root = join(folder, "-s $(touch pwned) 'x' \"y\"");
    const product = "images/-e/$(touch pwned)/amd64/two words;";
    mkdirSync(root);
    writeBuilds(root, { product });
    await succeed(["deltas", "-N", `./${root.slice(folder.length + 1)}`], { directory: folder });
    await assertMakesRoot(root, product);
    assert.ok(itemsOf(root, "-e:$(touch pwned):amd64:two words;")[`root.${BASE}.vcdiff`]);
    assert.deepEqual(readdirSync(folder), [root.slice(folder.length + 1)]);
  });
});

describe("A killed run of simplestreams deltas", () => {
  it("is tidied up after by a plain index run", async (test) => {
    const root = makeTempDirectory(test);
    writeBuilds(root, { sizeBytes: 12_000_000 });
    await succeed(["-N", root]);
    const folder = join(root, PRODUCT, TARGET);
    const isHidden = (name: string) => name.startsWith(".root.");
    const running = startSimplestreams(test, ["deltas", "-N", root]);
    await until("it writes a delta", () => readdirSync(folder).some(isHidden));
    running.process.kill("SIGKILL");
    await running.finished;
    await succeed(["-N", "--wait", "30", root]);
    assert.deepEqual(readdirSync(folder).filter(isHidden), []);
  });

  it("leaves nothing that is listed, no program, and the next run tidies up", async (test) => {
    const root = makeTempDirectory(test);
    writeBuilds(root, { sizeBytes: 12_000_000 });
    await succeed(["-N", root]);
    const folder = join(root, PRODUCT, TARGET);
    let [killed, left] = [0, 0];
    for (let round = 0; round < KILLS; round++) {
      const running = startSimplestreams(test, ["deltas", "-N", "--wait", "30", root]);
      // The hidden file comes, and is written to for a second or two
      const moment = round % 2 === 0
        ? { folder, changes: 1 + round / 2 }
        : { afterMs: 300 * round };
      if (await killAt(running, moment)) killed++;
      if (readdirSync(folder).some((name) => name.endsWith(".new"))) left++;
      await until("xdelta3 ends when nobody reads what it writes", async () => {
        const script = 'pgrep -f -- "[x]delta3 .*$0" || true';
        return await run(["bash", "-c", script, root]).then((found) => found.trim() === "");
      });
      await succeed(["-N", "--wait", "30", root]);
      const delta = itemsOf(root)[`root.${BASE}.vcdiff`];
      if (delta !== undefined) {
        await assertMakesRoot(root);
        rmSync(join(root, delta.path));
      }
    }
    assert.ok(killed > 0 && left > 0, `${killed} killed, ${left} of them with a hidden file`);
    await succeed(["deltas", "-N", "--wait", "30", root]);
    assert.deepEqual(readdirSync(folder).sort(), [
      ...[".items.json", "incus.tar.xz", `root.${BASE}.vcdiff`, "root.squashfs"],
    ]);
    await succeed(["verify", "--strict", root]);
  });
});

describe("A full disk", { skip: CANNOT_MOUNT }, () => {
  it("is told of, and leaves no part of a delta", async (test) => {
    const { path: root } = await mountTmpfs(test, { sizeKib: 1024 });
    writeBuilds(root, { sizeBytes: 300_000 });
    // Half of it is new, so the delta is larger than what is free
    const half = noise(450_000);
    writeFileSync(join(root, PRODUCT, TARGET, "root.squashfs"), half.subarray(150_000));
    await succeed(["-N", root]);
    writeFileSync(join(root, "filler"), new Uint8Array(320_000));
    const { status, stderr } = await simplestreams(["deltas", "-N", "--max-ratio", "1", root]);
    assert.equal(status, 1, stderr);
    assert.match(stderr, /^warning: \S+\.vcdiff: the delta could not be made: .*the disk is full/);
    const names = readdirSync(join(root, PRODUCT, TARGET));
    assert.deepEqual(names.filter((name) => /vcdiff/.test(name)), []);
    rmSync(join(root, "filler"));
    await succeed(["deltas", "-N", "--max-ratio", "1", root]);
    await assertMakesRoot(root);
  });
});

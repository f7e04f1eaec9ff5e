import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { run, simplestreams, startSimplestreams, succeed, until } from "../support/command.ts";
import { durationMs, killAt, pickMoment } from "../support/kill.ts";
import { CANNOT_MOUNT, makeTempDirectory, mountTmpfs } from "../support/temp_directory.ts";
import {
  assertDigestsHold,
  assertFilesExist,
  createDice,
  itemsOf,
  readProducts,
  SOURCE_FOLDER,
  writeSource,
} from "../support/trees.ts";

const FOLDER = join("images", SOURCE_FOLDER);
const PRODUCT = join(FOLDER, "..");
const NAMES = ["incus.tar.xz", "root.squashfs"];
const NEEDS_MOUNT = { skip: CANNOT_MOUNT };
const ROUNDS = 30;
/** A run that was killed while it took the lock may leave it shut for some seconds. */
const PATIENT = ["--wait", "30"];

/** A directory with an image's files, the root of a size that takes a moment to copy. */
async function makeSource(test: TestContext, rootBytes: number) {
  const source = makeTempDirectory(test);
  await writeSource(source, { metadata: "one", roots: {} });
  writeFileSync(join(source, "two"), Buffer.alloc(rootBytes, "hsqs\n"));
  return { one: join(source, "one"), two: join(source, "two") };
}

function visible(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => !name.startsWith(".")).sort();
}

/** Nothing that a killed or refused run could have left is to be seen, nor of half a version. */
function assertNoHalf(root: string): void {
  if (existsSync(join(root, FOLDER))) assert.deepEqual(visible(join(root, FOLDER)), NAMES);
}

describe("Two adds at once", () => {
  it("of one version: one places it, the other finds it there or waits in vain", async (test) => {
    const { one, two } = await makeSource(test, 100_000);
    for (let round = 0; round < 5; round++) {
      const root = makeTempDirectory(test);
      const ended = await Promise.all(
        [PATIENT, PATIENT, []].map((wait) => simplestreams(["add", "-N", ...wait, one, two, root])),
      );
      const done = ended.filter(({ status }) => status === 0);
      assert.equal(done.length, 1, ended.map(({ stderr }) => stderr).join(""));
      for (const { status, stderr } of ended) {
        if (status === 1) assert.match(stderr, /is there already/);
        else assert.ok(status === 0 || status === 4, stderr);
      }
      assertNoHalf(root);
      await assertDigestsHold(root);
    }
  });

  it("of many variants: all are published, with all of their aliases", async (test) => {
    const { one, two } = await makeSource(test, 1000);
    const root = makeTempDirectory(test);
    const aliases = Array.from({ length: 8 }, (_, number) => `alias${number}`);
    const ended = await Promise.all(aliases.map(async (alias, number) => {
      const other = `${two}${number}`;
      writeFileSync(other, `hsqs ${number}`);
      const place = number % 2 === 0 ? [] : ["--variant", `variant${number}`];
      const date = number % 2 === 0 ? [`--release`, `r${number}`] : [];
      return await simplestreams([
        ...["add", "-N", "--wait", "60", one, other, root, "--alias", alias],
        ...place,
        ...date,
      ]);
    }));
    for (const { status, stderr } of ended) assert.equal(status, 0, stderr);
    assert.equal(Object.keys(readProducts(root).products).length, aliases.length);
    await assertDigestsHold(root);
  });
});

describe("A killed add", { concurrency: 2 }, () => {
  for (const [what, options] of [["copy", []], ["move", ["--move"]]] as const) {
    it(`that was to ${what} loses nothing and shows no half version`, async (test) => {
      await killAdds(test, options, makeTempDirectory(test));
    });

    it(`that was to ${what} across file systems loses nothing`, NEEDS_MOUNT, async (test) => {
      const { path } = await mountTmpfs(test, { sizeKib: 64 * 1024 });
      await killAdds(test, options, path);
    });
  }
});

async function killAdds(
  test: TestContext,
  options: readonly string[],
  base: string,
): Promise<void> {
  const dice = createDice(3);
  const { one, two } = await makeSource(test, 4_000_000);
  const [metadata, rootfs] = [readFileSync(one), readFileSync(two)];
  const args = (
    root: string,
  ) => ["add", "-N", ...options, ...PATIENT, one, two, root, "--alias", "w"];
  const makeRoot = () => {
    writeFileSync(one, metadata);
    writeFileSync(two, rootfs);
    const root = mkdtempSync(join(base, "root-"));
    mkdirSync(join(root, PRODUCT), { recursive: true });
    return root;
  };
  const whole = { durationMs: 0, folder: "", changes: 6 };
  for (let round = 0; round < 2; round++) {
    const root = makeRoot();
    whole.durationMs = await durationMs(() => succeed(args(root)));
    rmSync(root, { recursive: true });
  }
  let [killed, resumed] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const root = makeRoot();
    const folder = join(root, PRODUCT);
    const running = startSimplestreams(test, args(root));
    if (await killAt(running, pickMoment(dice, round, { ...whole, folder }))) killed++;
    assertNoHalf(root);
    const isWhole = existsSync(one) && existsSync(two);
    if (isWhole) {
      assert.ok(readFileSync(one).equals(metadata) && readFileSync(two).equals(rootfs));
      const isPlaced = existsSync(join(root, FOLDER));
      const { status, stderr } = await simplestreams(args(root));
      // One that was killed at its very end has nothing left to be finished
      if (status === 1) assert.match(stderr, /is there already/);
      else assert.equal(status, 0, stderr);
      if (isPlaced && status === 0) resumed++;
    }
    assert.ok(readFileSync(join(root, FOLDER, "root.squashfs")).equals(rootfs));
    assert.ok(readFileSync(join(root, FOLDER, "incus.tar.xz")).equals(metadata));
    assert.equal(Object.keys(itemsOf(readProducts(root), SOURCE_FOLDER)).length, 3);
    assert.match(readFileSync(join(root, PRODUCT, "image.yaml"), "utf8"), /- w\n/);
    assertFilesExist(root);
    rmSync(root, { recursive: true });
  }
  test.diagnostic(`${killed} of ${ROUNDS} adds were killed, ${resumed} of them were finished`);
  assert.ok(killed >= ROUNDS / 8, `${killed} adds were killed`);
}

describe("An add on a full disk", () => {
  it("leaves nothing, and says so", NEEDS_MOUNT, async (test) => {
    const { one, two } = await makeSource(test, 3_000_000);
    const { path: root } = await mountTmpfs(test, { sizeKib: 2048 });
    for (const options of [[], ["--move"]]) {
      const { status, stderr } = await simplestreams(["add", "-N", ...options, one, two, root]);
      assert.equal(status, 1);
      assert.match(
        stderr,
        /^error: Cannot copy to [^\n]*: the disk is full, expected free space\n$/,
      );
      assert.deepEqual(readdirSync(join(root, PRODUCT)), []);
      assert.equal(statSync(two).size, 3_000_000);
    }
  });
});

describe("An add whose file", () => {
  const CHANGES: readonly (readonly [string, (path: string) => void])[] = [
    ["grows", (path) => writeFileSync(path, "more", { flag: "a" })],
    ["is cut", (path) => truncateSync(path, 1000)],
    ["is replaced", (path) => {
      rmSync(path);
      writeFileSync(path, "hsqs of another");
    }],
    ["vanishes", (path) => rmSync(path)],
  ];
  for (const [what, change] of CHANGES) {
    it(`${what} while it is copied is refused`, async (test) => {
      const root = makeTempDirectory(test);
      const { one, two } = await makeSource(test, 1);
      // Sparse, and so made at once, but long enough to be copied
      writeFileSync(two, "hsqs");
      truncateSync(two, 2 ** 28);
      mkdirSync(join(root, PRODUCT), { recursive: true });
      const { process: child, finished } = startSimplestreams(test, ["add", "-N", one, two, root]);
      const staged = () => readdirSync(join(root, PRODUCT)).find((name) => name.startsWith("."));
      await until("the copy has begun", () => {
        const folder = staged();
        return folder !== undefined &&
            existsSync(join(root, PRODUCT, folder, "root.squashfs")) || child.exitCode !== null;
      });
      change(two);
      const { status, stderr } = await finished;
      assert.equal(status, 1, stderr);
      assert.match(
        stderr,
        /^error: Cannot copy "[^\n]*two": it changed meanwhile, expected[^\n]*\n$/,
      );
      assert.deepEqual(readdirSync(join(root, PRODUCT)), []);
      await run(["rm", "-rf", join(root, ".simplestreams")]);
    });
  }
});

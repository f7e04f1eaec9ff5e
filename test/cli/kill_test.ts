import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { run, startSimplestreams, succeed } from "../support/command.ts";
import { durationMs, killAt, pickMoment } from "../support/kill.ts";
import { CANNOT_MOUNT, makeTempDirectory, mountTmpfs } from "../support/temp_directory.ts";
import {
  assertDigestsHold,
  assertFilesExist,
  createDice,
  type Files,
  IMAGES,
  INDEX,
  readDocument,
  SOURCE_FOLDER,
  writeFiles,
  writeSource,
  writeVersion,
} from "../support/trees.ts";

const ROUNDS = 40;
/** A run that was killed while it took the lock may leave it shut for some seconds. */
const PATIENT = ["--wait", "30"];
const PRODUCT = "images/debian/12/amd64/default";

describe("A killed index run", () => {
  it("leaves whole documents that name files which are there", async (test) => {
    const root = makeTempDirectory(test);
    const dice = createDice(1);
    for (let day = 10; day < 30; day++) {
      for (const variant of ["default", "cloud", "desktop"]) {
        writeVersion(root, `debian/12/amd64/${variant}/202401${day}`);
      }
    }
    await succeed(["-N", root]);
    const folder = join(root, "streams/v1");
    // A product more each time, so that both documents change; and caches to be written.
    async function change(name: string): Promise<void> {
      writeVersion(root, `debian/12/amd64/${name}/20240101`);
      await run(["find", root, "-name", ".items.json", "-delete"]);
    }
    await change("first");
    const whole = {
      folder,
      changes: 12,
      durationMs: await durationMs(() => succeed(["-N", root])),
    };
    let killed = 0;
    const seen = { old: 0, mixed: 0, new: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const before = [readDocument(root), readDocument(root, INDEX)];
      await change(`variant${round}`);
      const running = startSimplestreams(test, ["-N", root]);
      if (await killAt(running, pickMoment(dice, round, whole))) killed++;
      const after = [readDocument(root), readDocument(root, INDEX)];
      assertNamedFilesExist(root);
      await succeed(["-N", ...PATIENT, root]);
      const final = [readDocument(root), readDocument(root, INDEX)];
      assertFilesExist(root);
      assert.ok(final[0]?.includes(`variant${round}`));
      const states = { old: before, mixed: [final[0], before[1]], new: final };
      const state = (["old", "mixed", "new"] as const).find((name) =>
        states[name].join() === after.join()
      );
      assert.ok(state !== undefined, "each is the old or the new one, products first");
      seen[state] += 1;
    }
    await assertDigestsHold(root);
    assert.deepEqual(readdirSync(join(root, "streams/v1")).sort(), ["images.json", "index.json"]);
    test.diagnostic(
      `${killed} of ${ROUNDS} runs were killed before they were done: documents were old ` +
        `${seen.old} times, new ${seen.new} times, and ${seen.mixed} times one was new`,
    );
    assert.ok(killed >= ROUNDS / 8, `${killed} runs were killed`);
  });
});

describe("A killed import", { concurrency: 2 }, () => {
  it("loses no file and shows no half version", async (test) => {
    await killImports(test, makeTempDirectory(test));
  });

  it("loses no file across file systems", { skip: CANNOT_MOUNT }, async (test) => {
    const mount = await mountTmpfs(test, { sizeKib: 256 * 1024 });
    await killImports(test, mount.path);
  });
});

async function killImports(
  test: Parameters<typeof makeTempDirectory>[0] & { diagnostic(message: string): void },
  base: string,
): Promise<void> {
  const dice = createDice(2);
  const template = makeTempDirectory(test);
  await writeSource(template, {
    roots: {
      "lxd.tar.xz": "",
      "rootfs.squashfs": "squashfs\n".repeat(400_000),
      "root.tar.xz": "tar\n".repeat(400_000),
      "disk.qcow2": "disk\n",
    },
  });
  const files: Record<string, Uint8Array> = {};
  for (const name of readdirSync(template)) files[name] = readFileSync(join(template, name));
  files["lxd.tar.xz"] = files["incus.tar.xz"] ?? new Uint8Array();

  const whole = { durationMs: 0, folder: "", changes: 4 };
  for (let round = 0; round < 2; round++) {
    const places = makePlaces(test, base, files);
    whole.durationMs = await durationMs(() => succeed(["-N", "-i", places.source, places.root]));
    assertImported(places, files);
  }
  let killed = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const places = makePlaces(test, base, files);
    const folder = join(places.root, PRODUCT);
    const running = startSimplestreams(test, ["-N", "-i", places.source, places.root]);
    if (await killAt(running, pickMoment(dice, round, { ...whole, folder }))) killed++;
    assertNothingLost(places, files);
    // Nothing is left to be done when it was killed at its very end
    if (readdirSync(places.source).length > 0) {
      await succeed(["-N", ...PATIENT, "-i", places.source, places.root]);
    }
    assertImported(places, files);
    if (round % 8 === 0) {
      await succeed(["-N", "--strict", places.root]);
      await assertDigestsHold(places.root);
    }
    for (const path of Object.values(places)) rmSync(path, { recursive: true });
  }
  test.diagnostic(`${killed} of ${ROUNDS} imports were killed before they were done`);
  assert.ok(killed >= ROUNDS / 8, `${killed} imports were killed`);
}

interface Places {
  readonly source: string;
  readonly root: string;
}

function makePlaces(
  test: Parameters<typeof makeTempDirectory>[0],
  base: string,
  files: Files,
): Places {
  // On the file system of the temporary directory, whatever that of the root is.
  const source = makeTempDirectory(test);
  writeFiles(source, files);
  const root = mkdtempSync(join(base, "root-"));
  mkdirSync(join(root, PRODUCT), { recursive: true });
  return { source, root };
}

function storedName(name: string): string {
  return name.replace("rootfs.", "root.");
}

function assertNothingLost({ source, root }: Places, files: Files): void {
  const target = join(root, "images", SOURCE_FOLDER);
  const isVisible = existsSync(target);
  const names = readdirSync(join(root, PRODUCT)).filter((name) => !name.startsWith("."));
  assert.equal(names.length, isVisible ? 1 : 0, names.join());
  for (const [name, content] of Object.entries(files)) {
    if (isVisible) assertContent(join(target, storedName(name)), content);
    else assertContent(join(source, name), content);
    if (existsSync(join(source, name))) assertContent(join(source, name), content);
  }
}

function assertImported({ source, root }: Places, files: Files): void {
  const target = join(root, "images", SOURCE_FOLDER);
  const names = readdirSync(target).filter((name) => !name.startsWith("."));
  assert.deepEqual(names.sort(), Object.keys(files).map(storedName).sort());
  for (const [name, content] of Object.entries(files)) {
    assertContent(join(target, storedName(name)), content);
  }
  assert.deepEqual(readdirSync(source), []);
}

function assertContent(path: string, content: string | Uint8Array): void {
  assert.ok(readFileSync(path).equals(Buffer.from(content)), `${path} is not as it was`);
}

/** Right after a kill the index may be older than the products; what it names is there all the same. */
function assertNamedFilesExist(root: string): void {
  const indexed: readonly string[] = JSON.parse(readDocument(root, INDEX)).index.images.products;
  const { products } = JSON.parse(readDocument(root, IMAGES));
  for (const id of indexed) assert.ok(id in products, id);
  for (const id of Object.keys(products)) {
    assert.ok(existsSync(join(root, "images", ...id.split(":"))));
  }
}

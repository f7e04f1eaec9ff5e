import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, it } from "node:test";
import { run, simplestreams } from "../support/command.ts";
import { makeTempDirectory } from "../support/temp_directory.ts";
import { createDice, type Dice, readDocument } from "../support/trees.ts";

const SEED = 20240229;
const STEPS = 32;
const FILES = ["incus.tar.xz", "lxd.tar.xz", "root.tar.xz", "rootfs.squashfs", "disk.qcow2"];
const VERSIONS = ["20240101", "20240102_03:04", "20240103.7", "202401040506", "20240105"];

/** A tree that is changed step by step; all its files are of one size, and many of one time. */
interface Sequence {
  readonly dice: Dice;
  readonly base: string;
  readonly root: string;
  /** Content that no file had before. */
  readonly content: () => string;
  /** A time that has settled; with `other`, not the one of that file. */
  readonly time: (other?: string) => Date;
}

/** A change to a tree; undefined when there is nothing in it to change in this way. */
type Mutation = (sequence: Sequence) => string | undefined;

const MUTATIONS: readonly [Mutation, ...Mutation[]] = [
  addVersion,
  addVersion,
  removeVersion,
  renameVersion,
  swapVersions,
  touchFile,
  replaceFile,
  replaceFile,
  replaceByUnsettledFile,
  removeFile,
  changeRequirements,
  changeRequirements,
  deleteCache,
  spoilCache,
  deleteAllCaches,
  deleteSnapshot,
  linkRelease,
  deleteDocument,
];

describe("A cached run", () => {
  it("publishes what a run without any cache does, whatever changed before", async (test) => {
    const sequence = startSequence(makeTempDirectory(test));
    const { root, base } = sequence;
    const log: string[] = [];
    for (let number = 0; number < 6; number++) addVersion(sequence);
    for (let step = 0; step < STEPS;) {
      const done = sequence.dice.pick(MUTATIONS)(sequence);
      if (done === undefined) continue;
      log.push(done);
      step += 1;
      const dry = await simplestreams([root]);
      const written = await simplestreams(["-N", "--allow-empty", root]);
      const fresh = await runWithoutCache(base);
      const message = `seed ${SEED}: ${log.join("; ")}`;
      assert.deepEqual(
        [dry.status, written.status, fresh.status],
        [0, 0, 0],
        `${message}\n${dry.stderr}${written.stderr}${fresh.stderr}`,
      );
      assert.equal(readDocument(root), fresh.stdout, message);
      assert.equal(dry.stdout, fresh.stdout, message);
      assert.deepEqual(warnings(dry.stderr), warnings(fresh.stderr), message);
      assert.deepEqual(warnings(written.stderr), warnings(fresh.stderr), message);
    }
  });
});

function startSequence(base: string): Sequence {
  const dice = createDice(SEED);
  const root = join(base, "tree/root");
  mkdirSync(join(root, "images"), { recursive: true });
  mkdirSync(join(base, "tree/store"));
  let number = 0;
  const times = [1, 2, 3].map((day) => new Date(Date.UTC(2024, 5, day)));
  return {
    dice,
    base,
    root,
    content: () => `content ${String(++number).padStart(6, "0")}\n`,
    time(other) {
      const taken = other === undefined ? undefined : lstatSync(other).mtimeMs;
      const [first = new Date(0), ...rest] = times.filter((time) => time.getTime() !== taken);
      return dice.pick([first, ...rest]);
    },
  };
}

async function runWithoutCache(base: string) {
  const copy = join(base, "copy");
  await run(["cp", "-a", join(base, "tree"), copy]);
  await run(["find", copy, "-name", ".items.json", "-delete"]);
  rmSync(join(copy, "root/.simplestreams"), { recursive: true, force: true });
  const finished = await simplestreams([join(copy, "root")]);
  rmSync(copy, { recursive: true });
  return finished;
}

function warnings(stderr: string): readonly string[] {
  return stderr.split("\n").filter((line) => line.startsWith("warning: "));
}

/** Every folder so many levels below `images/`, links followed. */
function foldersOf({ root }: Sequence, levels: number): string[] {
  let folders = [join(root, "images")];
  for (let level = 0; level < levels; level++) {
    folders = folders.flatMap((folder) =>
      readdirSync(folder).filter((name) => !name.startsWith(".")).sort()
        .map((name) => join(folder, name))
    );
  }
  return folders;
}

function pickVersion(sequence: Sequence): string | undefined {
  const [first, ...rest] = foldersOf(sequence, 5);
  return first === undefined ? undefined : sequence.dice.pick([first, ...rest]);
}

function pickFile(sequence: Sequence): string | undefined {
  const folder = pickVersion(sequence);
  if (folder === undefined) return undefined;
  const [first, ...rest] = readdirSync(folder).filter((name) => FILES.includes(name)).sort();
  return first === undefined ? undefined : join(folder, sequence.dice.pick([first, ...rest]));
}

function pickFreeName(sequence: Sequence): string | undefined {
  const { dice, root } = sequence;
  const product = join(
    ...[root, "images", dice.pick(["debian", "ubuntu"]), dice.pick(["12", "24.04"])],
    ...[dice.pick(["amd64", "arm64"]), dice.pick(["default", "cloud"])],
  );
  const free = VERSIONS.filter((name) => !existsSync(join(product, name)));
  const [first, ...rest] = free;
  return first === undefined ? undefined : join(product, dice.pick([first, ...rest]));
}

function writeNew(sequence: Sequence, path: string): void {
  writeFileSync(path, sequence.content());
  const time = sequence.time();
  utimesSync(path, time, time);
}

function addVersion(sequence: Sequence): string | undefined {
  const folder = pickFreeName(sequence);
  if (folder === undefined) return undefined;
  mkdirSync(folder, { recursive: true });
  const names = FILES.filter(() => sequence.dice.below(3) > 0);
  for (const name of names) writeNew(sequence, join(folder, name));
  return `add ${short(sequence, folder)} with ${names.join(" ")}`;
}

function removeVersion(sequence: Sequence): string | undefined {
  const folder = pickVersion(sequence);
  if (folder === undefined) return undefined;
  rmSync(folder, { recursive: true });
  return `remove ${short(sequence, folder)}`;
}

function renameVersion(sequence: Sequence): string | undefined {
  const [from, to] = [pickVersion(sequence), pickFreeName(sequence)];
  if (from === undefined || to === undefined) return undefined;
  mkdirSync(dirname(to), { recursive: true });
  renameSync(from, to);
  return `rename ${short(sequence, from)} to ${short(sequence, to)}`;
}

function swapVersions(sequence: Sequence): string | undefined {
  const [one, other] = [pickVersion(sequence), pickVersion(sequence)];
  if (one === undefined || other === undefined || one === other) return undefined;
  renameSync(one, join(sequence.base, "third"));
  renameSync(other, one);
  renameSync(join(sequence.base, "third"), other);
  return `swap ${short(sequence, one)} and ${short(sequence, other)}`;
}

function touchFile(sequence: Sequence): string | undefined {
  const path = pickFile(sequence);
  if (path === undefined) return undefined;
  const time = sequence.time(path);
  utimesSync(path, time, time);
  return `touch ${short(sequence, path)}`;
}

function replaceFile(sequence: Sequence): string | undefined {
  const path = pickFile(sequence);
  if (path === undefined) return undefined;
  const time = sequence.time(path);
  writeFileSync(path, sequence.content());
  utimesSync(path, time, time);
  return `replace ${short(sequence, path)}`;
}

/** Twice in a row with one size and one time that is not settled: only hashing again can tell. */
function replaceByUnsettledFile(sequence: Sequence): string | undefined {
  const path = pickFile(sequence);
  if (path === undefined) return undefined;
  const future = new Date("2099-01-01T00:00:00Z");
  writeFileSync(path, sequence.content());
  utimesSync(path, future, future);
  return `replace ${short(sequence, path)} by one from the future`;
}

function removeFile(sequence: Sequence): string | undefined {
  const path = pickFile(sequence);
  if (path === undefined) return undefined;
  rmSync(path);
  return `remove ${short(sequence, path)}`;
}

function changeRequirements(sequence: Sequence): string | undefined {
  const { dice } = sequence;
  const [first, ...rest] = foldersOf(sequence, 1 + dice.below(4));
  if (first === undefined) return undefined;
  const path = join(dice.pick([first, ...rest]), dice.pick([".requirements", ".lxd_requirements"]));
  if (existsSync(path)) rmSync(path);
  else writeFileSync(path, dice.pick(['{"nesting": true}', '{"cgroup": 2}', "{}"]));
  return `change ${short(sequence, path)}`;
}

function deleteCache(sequence: Sequence): string | undefined {
  const folder = pickVersion(sequence);
  if (folder === undefined || !existsSync(join(folder, ".items.json"))) return undefined;
  rmSync(join(folder, ".items.json"));
  return `delete the cache of ${short(sequence, folder)}`;
}

function spoilCache(sequence: Sequence): string | undefined {
  const folder = pickVersion(sequence);
  if (folder === undefined) return undefined;
  writeFileSync(join(folder, ".items.json"), sequence.dice.pick(["", "[1", "{}", "null"]));
  return `spoil the cache of ${short(sequence, folder)}`;
}

function deleteAllCaches(sequence: Sequence): string {
  for (const folder of foldersOf(sequence, 5)) {
    rmSync(join(folder, ".items.json"), { force: true });
  }
  return "delete all caches";
}

function deleteSnapshot({ root }: Sequence): string {
  rmSync(join(root, ".simplestreams"), { recursive: true, force: true });
  return "delete .simplestreams";
}

/** Moves a release out of the tree and puts a link in its place, or exchanges two of them. */
function linkRelease(sequence: Sequence): string | undefined {
  const { dice, base } = sequence;
  const [first, ...rest] = foldersOf(sequence, 2);
  if (first === undefined) return undefined;
  const release = dice.pick([first, ...rest]);
  if (lstatSync(release).isSymbolicLink()) {
    const store = join(base, "tree/store");
    cpSync(release, join(store, "new"), {
      recursive: true,
      dereference: true,
      preserveTimestamps: true,
    });
    rmSync(release);
    renameSync(join(store, "new"), release);
    return `put a folder in place of the link ${short(sequence, release)}`;
  }
  const target = join(base, "tree/store", String(readdirSync(join(base, "tree/store")).length));
  renameSync(release, target);
  symlinkSync(relative(dirname(release), target), release);
  return `put a link in place of the folder ${short(sequence, release)}`;
}

function deleteDocument({ root, dice }: Sequence): string | undefined {
  const path = join(root, "streams/v1", dice.pick(["images.json", "index.json"]));
  if (!existsSync(path)) return undefined;
  if (dice.below(2) === 0) rmSync(path);
  else writeFileSync(path, readFileSync(path, "utf8").replace("default", "DEFAULT"));
  return `delete or spoil ${path.slice(root.length)}`;
}

function short({ root }: Sequence, path: string): string {
  return relative(join(root, "images"), path);
}

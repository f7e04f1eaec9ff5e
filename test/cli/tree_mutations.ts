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
import {
  FILES,
  filesOf,
  foldersOf,
  pickFile,
  pickFreeName,
  pickVersion,
  type Sequence,
  short,
  writeNew,
} from "./tree_sequence.ts";

/** A change to a tree, and what it was; undefined when there is nothing in it to change in this way. */
export type Mutation = (sequence: Sequence) => string | undefined;

/** All of them, the likelier ones twice. */
export const MUTATIONS: readonly [Mutation, ...Mutation[]] = [
  addVersion,
  addVersion,
  removeVersion,
  renameVersion,
  swapVersions,
  addTwin,
  swapTwins,
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

/** Adds a version with some of the files that it may have. */
export function addVersion(sequence: Sequence): string | undefined {
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
  return swapFolders(sequence, one, other);
}

function swapFolders(sequence: Sequence, one: string, other: string): string {
  renameSync(one, join(sequence.base, "third"));
  renameSync(other, one);
  renameSync(join(sequence.base, "third"), other);
  return `swap ${short(sequence, one)} and ${short(sequence, other)}`;
}

/** A version that differs from another one in nothing but the bytes of its files. */
function addTwin(sequence: Sequence): string | undefined {
  const [original, folder] = [pickVersion(sequence), pickFreeName(sequence)];
  if (original === undefined || folder === undefined) return undefined;
  mkdirSync(folder, { recursive: true });
  for (const name of filesOf(original)) {
    const { mtime } = lstatSync(join(original, name));
    writeFileSync(join(folder, name), sequence.content());
    utimesSync(join(folder, name), mtime, mtime);
  }
  return `add ${short(sequence, folder)} like ${short(sequence, original)}`;
}

function swapTwins(sequence: Sequence): string | undefined {
  const seen = new Map<string, string>();
  for (const folder of foldersOf(sequence, 5)) {
    const looks = filesOf(folder).map((name) => {
      const { size, mtimeMs } = lstatSync(join(folder, name));
      return `${name} ${size} ${mtimeMs}`;
    }).join();
    const twin = seen.get(looks);
    if (twin !== undefined) return swapFolders(sequence, twin, folder);
    if (looks !== "") seen.set(looks, folder);
  }
  return undefined;
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

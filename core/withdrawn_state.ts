import { isStorageError } from "./errors.ts";
import {
  isSamePlace,
  NOTHING_WITHDRAWN,
  parseWithdrawn,
  type WithdrawnState,
  withdrawnText,
} from "./format/withdrawn.ts";
import type { TreeReader, TreeWriter } from "./ports.ts";
import { makeFolders } from "./publish.ts";
import { folderOf, removeLeftovers, replaceFiles } from "./replace_files.ts";
import type { PathTest } from "./scan.ts";
import { STATE_FOLDER } from "./snapshot.ts";

/** Where a root remembers what left its documents, relative to it. */
export const WITHDRAWN_PATH = `${STATE_FOLDER}/withdrawn.json`;

/** Names of a product's folder: a top folder, os, release, arch and variant. */
const PRODUCT_DEPTH = 5;

/** What looking at the state of a tree takes. */
export interface StatePorts {
  readonly reader: TreeReader;
  readonly writer: Pick<TreeWriter, "identify">;
}

/**
 * Returns what a root remembers of what left its documents.
 *
 * @throws {FormatError} when it is broken
 * @throws {StorageError} when it is there and cannot be read
 */
export function readWithdrawn(reader: TreeReader, root: string): WithdrawnState {
  let text: string;
  try {
    text = reader.readText(`${root}/${WITHDRAWN_PATH}`);
  } catch (error) {
    if (isStorageError(error, "missing", "not-a-directory")) return NOTHING_WITHDRAWN;
    throw error;
  }
  return parseWithdrawn(text, WITHDRAWN_PATH);
}

/**
 * Remembers what left the documents, durably; a file that would say the same is not touched. The
 * caller holds the root's lock.
 *
 * @throws {StorageError} with the old state whole
 */
export function writeWithdrawn(
  ports: { readonly reader: TreeReader; readonly writer: TreeWriter },
  root: string,
  state: WithdrawnState,
): void {
  const { reader, writer } = ports;
  const text = withdrawnText(state);
  removeLeftovers(writer, root, [WITHDRAWN_PATH]);
  if (text === withdrawnText(readWithdrawn(reader, root))) return;
  makeFolders(writer, root, folderOf(WITHDRAWN_PATH));
  replaceFiles(writer, root, [{ path: WITHDRAWN_PATH, pieces: () => [text] }]);
}

/**
 * Returns the test that tells what has left the documents and is still there, so that it is not
 * published again, under the name of a symbolic link above the versions either; another file or folder
 * that came in its place is not it.
 *
 * @throws {FormatError} when what is remembered is broken
 */
export function createWithdrawnTest(ports: StatePorts, root: string): PathTest {
  const { withdrawn } = readWithdrawn(ports.reader, root);
  // Asked of every file of the tree: looking a path up is work even where there is nothing to find
  if (withdrawn.length === 0) return () => false;
  const places = new Map(withdrawn.map((place) => [place.path, place]));
  const unlink = createUnlinker(ports.reader, root);
  return (path) => {
    const place = places.get(path) ?? places.get(unlink(path));
    return place !== undefined && isSamePlace(ports.writer.identify(`${root}/${path}`), place);
  };
}

/** Returns what gives a path with the folder of its product as it really is called. */
function createUnlinker(reader: TreeReader, root: string): (path: string) => string {
  const top = `${reader.realPath(root) ?? root}/`;
  const folders = new Map<string, string>();
  return (path) => {
    const folder = path.split("/", PRODUCT_DEPTH).join("/");
    let real = folders.get(folder);
    if (real === undefined) {
      const resolved = reader.realPath(`${root}/${folder}`);
      real = resolved?.startsWith(top) ? resolved.slice(top.length) : folder;
      folders.set(folder, real);
    }
    return real + path.slice(folder.length);
  };
}

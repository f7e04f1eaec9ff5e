import { isStorageError } from "./errors.ts";
import { type Finding, warning } from "./format/finding.ts";
import type { Clock, TreeReader, TreeWriter } from "./ports.ts";
import { folderOf } from "./replace_files.ts";

const FILES_A_TURN = 250;

/**
 * Returns the symbolic links on the way to listed files that leave the root, each once.
 *
 * @param paths of files that are there, relative to the root
 */
export async function findOutside(
  ports: {
    readonly reader: TreeReader;
    readonly writer: Pick<TreeWriter, "identify">;
    readonly clock: Clock;
  },
  root: string,
  paths: Iterable<string>,
): Promise<readonly Finding[]> {
  const { reader, writer, clock } = ports;
  const top = resolve(reader, root) ?? root;
  const leadsOutside = (path: string) => {
    const real = resolve(reader, `${root}/${path}`);
    return real !== undefined && !real.startsWith(`${top}/`);
  };
  // Resolving a path takes several times as long as looking at the entry that it leads to
  const folders = new Map<string, boolean>([["", false]]);
  const isFolderOutside = (folder: string): boolean => {
    const known = folders.get(folder);
    if (known !== undefined) return known;
    const mayBe = isFolderOutside(folderOf(folder)) || isLink(writer, `${root}/${folder}`);
    const isOutside = mayBe && leadsOutside(folder);
    folders.set(folder, isOutside);
    return isOutside;
  };
  const isOutside = (path: string) =>
    isFolderOutside(folderOf(path)) || (isLink(writer, `${root}/${path}`) && leadsOutside(path));
  const links = new Set<string>();
  let turn = 0;
  for (const path of paths) {
    if (++turn % FILES_A_TURN === 0) await clock.turn();
    if (isOutside(path)) links.add(waysTo(path).find(leadsOutside) ?? path);
  }
  return [...links].map((path) => {
    const message = "is a symbolic link that leaves the directory that is served: " +
      "simplestreams-server answers 404 to what is behind it without --follow-symlinks, and other " +
      "web servers may; put the files themselves there";
    return warning("LINK_OUTSIDE", path, message);
  });
}

/** A path and the folders above it, the outermost first. */
function waysTo(path: string): readonly string[] {
  const names = path.split("/");
  return names.map((_, place) => names.slice(0, place + 1).join("/"));
}

function isLink(writer: Pick<TreeWriter, "identify">, path: string): boolean {
  try {
    return writer.identify(path)?.kind === "link";
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return false;
  }
}

/** Undefined for what is gone by now or cannot be reached, which is told with the file. */
function resolve(reader: TreeReader, path: string): string | undefined {
  try {
    return reader.realPath(path);
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return undefined;
  }
}

import { StorageError } from "./errors.ts";
import type { TreeReader } from "./ports.ts";

/**
 * Returns the root that an import goes to. A directory called `images` is the root's images folder,
 * as the original tool takes it, unless it holds a tree of its own.
 *
 * @param path absolute or relative, without a "/" at its end
 * @throws {StorageError} when there is no such directory
 */
export function resolveImportRoot(reader: TreeReader, path: string): string {
  const isDirectory = (name: string) => reader.stat(name)?.kind === "directory";
  const slash = path.lastIndexOf("/");
  const isImages = path.slice(slash + 1) === "images" &&
    !isDirectory(`${path}/images`) && !isDirectory(`${path}/streams`);
  const root = !isImages ? path : slash === -1 ? "." : slash === 0 ? "/." : path.slice(0, slash);
  if (isDirectory(root)) return root;
  throw new StorageError(
    "missing",
    root,
    `Cannot import to "${root}": there is no such directory, expected the directory that is served; ` +
      "make it first, so that a typing error does not",
  );
}

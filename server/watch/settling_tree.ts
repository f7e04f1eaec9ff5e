import type { TreeReader } from "../../core/ports.ts";
import { IMAGES_STREAM } from "../../core/format/stream.ts";
import { isProductName, VERSION_DEPTH } from "./changed_products.ts";
import { ifReadable } from "./if_readable.ts";
import type { SettlingTree } from "./settle.ts";

const VARIANT_NAMES = 4;

/**
 * Returns what settling needs of a tree. Names that start with "." count for nothing, nor does what
 * cannot be read: that is for the index run to report.
 */
export function createSettlingTree(
  reader: Pick<TreeReader, "list" | "stat">,
  root: string,
  streams: readonly string[] = [IMAGES_STREAM],
): SettlingTree {
  function listVisible(folder: string): readonly string[] {
    const names = ifReadable(() => reader.list(`${root}/${folder}`)) ?? [];
    return names.filter((name) => !name.startsWith(".")).sort();
  }

  function lookAt(path: string) {
    return ifReadable(() => reader.stat(`${root}/${path}`));
  }

  /** What is in a folder, down to the files of versions. */
  function* sampleLines(folder: string): Generator<string> {
    for (const name of listVisible(folder)) {
      const path = `${folder}/${name}`;
      const info = lookAt(path);
      if (info?.kind !== "directory") {
        yield [path, info?.sizeBytes, info?.mtimeMs, info?.inode].join(" ");
        continue;
      }
      // Not its time, which a name that starts with "." would change.
      yield path;
      if (path.split("/").length <= VERSION_DEPTH) yield* sampleLines(path);
    }
  }

  function* idsBelow(stream: string, names: readonly string[]): Generator<string> {
    const folder = [stream, ...names].join("/");
    for (const name of listVisible(folder)) {
      if (!isProductName(name) || lookAt(`${folder}/${name}`)?.kind !== "directory") continue;
      const below = [...names, name];
      if (below.length === VARIANT_NAMES) yield below.join(":");
      else yield* idsBelow(stream, below);
    }
  }

  return {
    sampleFolder: (folder) => [...sampleLines(folder)].join("\n"),
    productsBelow(selector) {
      const names = selector === "" ? [] : selector.split(":");
      return [...new Set(streams.flatMap((stream) => [...idsBelow(stream, names)]))];
    },
  };
}

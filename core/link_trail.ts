import type { TreeReader } from "./ports.ts";

/** linux path_resolution(7): more links than these on one way are taken for a circle. */
const MOST_LINKS = 40;

/**
 * Returns every entry that is passed on the way to what a path really leads to: folders, each symbolic
 * link, and what it leads to at the end. No path among them has a link in the folders above its name.
 *
 * @param path absolute
 */
export function linkTrail(reader: Pick<TreeReader, "readLink">, path: string): readonly string[] {
  const passed: string[] = [];
  const names = path.split("/");
  let folder = "";
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")));
      continue;
    }
    const entry = `${folder}/${name}`;
    passed.push(entry);
    const target = reader.readLink(entry);
    if (target === undefined) {
      folder = entry;
      continue;
    }
    if (++links > MOST_LINKS) return passed;
    if (target.startsWith("/")) folder = "";
    names.unshift(...target.split("/"));
  }
  return passed;
}
